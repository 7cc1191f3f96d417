//! A stop on one artifact.

use sea_orm::entity::prelude::*;

/// A stop on one artifact.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "quarantine")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// The manifest, by SHA-256.
    pub digest: String,
    /// Why.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// The account.
    pub set_by: Option<Uuid>,
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
