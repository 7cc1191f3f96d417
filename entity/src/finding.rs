//! A vulnerability of an artifact, as an attestation says.

use sea_orm::entity::prelude::*;

/// A vulnerability of an artifact, as an attestation says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// Order in what says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// In which project.
    pub project_id: Uuid,
    /// Its id.
    pub vulnerability: String,
    /// The id that the report uses, where this is another.
    pub alias_of: Option<String>,
    /// The component's package URL without version.
    pub package: Option<String>,
    /// The component's version; empty where none is told.
    #[sea_orm(column_type = "Text")]
    pub version: String,
    /// What the component is called.
    #[sea_orm(column_type = "Text", nullable)]
    pub component: Option<String>,
    /// How bad it is.
    pub severity: String,
    /// What a VEX says of it.
    pub status: Option<String>,
    /// Why that status.
    #[sea_orm(column_type = "Text", nullable)]
    pub justification: Option<String>,
    /// The version without it.
    #[sea_orm(column_type = "Text", nullable)]
    pub fixed_in: Option<String>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
