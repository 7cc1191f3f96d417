//! That nothing of a line goes into an environment by itself.

use sea_orm::entity::prelude::*;

/// That nothing of a line goes into an environment by itself.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "auto_promotion_hold")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// Where.
    pub environment_id: Uuid,
    /// Of which line.
    pub line: String,
    /// The rollback that brought it about.
    pub promotion_id: Uuid,
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
