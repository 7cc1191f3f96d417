//! Which revision of a lifecycle holds.

use sea_orm::entity::prelude::*;

/// Which revision of a lifecycle holds.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "active_lifecycle")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The project; null for a template.
    pub project_id: Option<Uuid>,
    /// As in `lifecycle`.
    pub scope_key: String,
    /// Which.
    pub revision: i64,
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
