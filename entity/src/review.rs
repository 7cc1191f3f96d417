//! A review that an emergency admission owes.

use sea_orm::entity::prelude::*;

/// A review that an emergency admission owes.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "review")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// Which promotion.
    pub promotion_id: Uuid,
    /// Who broke the glass.
    pub used_by: Option<Uuid>,
    /// By when.
    pub due_at_us: i64,
    /// Who gave it.
    pub reviewed_by: Option<Uuid>,
    /// `justified` or `unjustified`.
    pub verdict: Option<String>,
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
