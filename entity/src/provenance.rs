//! How an artifact was built, as an attestation says.

use sea_orm::entity::prelude::*;

/// How an artifact was built, as an attestation says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "provenance")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// The builder's id.
    pub builder: String,
    /// How builds of this kind are described.
    pub build_type: String,
    /// The source repository.
    pub source: Option<String>,
    /// The branch or tag in it.
    pub source_ref: Option<String>,
    /// The commit that was built.
    pub source_commit: Option<String>,
    /// Which build it was.
    pub invocation: Option<String>,
    /// When the build started.
    pub started_at_us: Option<i64>,
    /// When it ended.
    pub finished_at_us: Option<i64>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
