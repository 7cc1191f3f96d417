//! A span in which an environment pointed at a release.

use sea_orm::entity::prelude::*;

/// A span in which an environment pointed at a release.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "admission")]
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
    /// The release.
    pub release_id: Uuid,
    /// The promotion that admitted it.
    pub promotion_id: Uuid,
    /// Until when it drains, once its successor was verified.
    pub drains_until_us: Option<i64>,
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
