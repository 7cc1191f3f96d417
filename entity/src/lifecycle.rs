//! A revision of a project's lifecycle, or of a template.

use sea_orm::entity::prelude::*;

/// A revision of a project's lifecycle, or of a template.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lifecycle")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The project; null for a template.
    pub project_id: Option<Uuid>,
    /// The project's id, or `template:` and the name.
    pub scope_key: String,
    /// Counts from 1.
    pub revision: i64,
    /// SHA-256 of the effective document.
    pub digest: String,
    /// JSON, as it was set.
    #[sea_orm(column_type = "Text")]
    pub document: String,
    /// JSON, with what its template gives.
    #[sea_orm(column_type = "Text")]
    pub effective: String,
    /// When it was set.
    pub set_at_us: i64,
    /// The event that told of it.
    pub from_event: Uuid,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
