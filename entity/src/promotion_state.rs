//! A span in which a promotion was in a state.

use sea_orm::entity::prelude::*;

/// A span in which a promotion was in a state.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "promotion_state")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which promotion.
    pub promotion_id: Uuid,
    /// As in `promotion`.
    pub project_id: Uuid,
    /// As in `promotion`.
    pub environment_id: Uuid,
    /// As in `promotion`.
    pub line: String,
    /// Which state.
    pub state: String,
    /// A code that says why.
    pub why: String,
    /// The revision of the lifecycle that it was judged by.
    pub lifecycle_revision: i64,
    /// The digest of the trust policy that it was judged by, or `none`.
    pub policy: String,
    /// Since when it holds.
    pub valid_from_us: i64,
    /// Until when it held; null while it holds.
    pub valid_to_us: Option<i64>,
    /// The event that opened it.
    pub from_event: Uuid,
    /// The event that closed it.
    pub to_event: Option<Uuid>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
