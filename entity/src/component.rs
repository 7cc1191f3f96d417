//! What an artifact contains, as an attestation says.

use sea_orm::entity::prelude::*;

/// What an artifact contains, as an attestation says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "component")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// Order in what says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// In which project.
    pub project_id: Uuid,
    /// Its package URL without version and qualifiers.
    pub package: Option<String>,
    /// Its version; empty where none is told.
    #[sea_orm(column_type = "Text")]
    pub version: String,
    /// What it is called.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Its package URL as it is written.
    #[sea_orm(column_type = "Text", nullable)]
    pub purl: Option<String>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
