//! A person's yes or no to a promotion.

use sea_orm::entity::prelude::*;

/// A person's yes or no to a promotion.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "approval")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// To which.
    pub promotion_id: Uuid,
    /// Whose.
    pub account_id: Uuid,
    /// `approve` or `reject`.
    pub verdict: String,
    /// Under which revision of the lifecycle.
    pub lifecycle_revision: i64,
    /// Under which trust policy: its digest, or `none`.
    pub policy: String,
    /// When.
    pub at_us: i64,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
