//! What went into a build, as an attestation says.

use sea_orm::entity::prelude::*;

/// What went into a build, as an attestation says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "material")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// Order in what says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// In which project.
    pub project_id: Uuid,
    /// What it is called.
    #[sea_orm(column_type = "Text", nullable)]
    pub uri: Option<String>,
    /// Its content.
    pub digest: Option<String>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
