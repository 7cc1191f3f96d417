//! A release.

use sea_orm::entity::prelude::*;

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "release")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// Its line.
    pub name: String,
    /// Its version within the line.
    pub version: String,
    /// SHA-256 of what it consists of.
    pub content: String,
    /// JSON object of texts.
    #[sea_orm(column_type = "Text")]
    pub labels: String,
    /// The account.
    pub created_by: Option<Uuid>,
    /// When.
    pub created_at_us: i64,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
