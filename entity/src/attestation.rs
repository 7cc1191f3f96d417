//! What was read of an attestation or document.

use sea_orm::entity::prelude::*;

/// What was read of an attestation or document.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attestation")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// In which repository.
    pub repository_id: Uuid,
    /// The digest of whom it speaks.
    pub subject: String,
    /// `provenance`, `verification-summary`, `sbom`, `vulnerabilities`, `test-result` or `unknown`.
    pub family: String,
    /// Whether all that it says stands in the other tables.
    pub whole: bool,
    /// Whether it says more than is read.
    pub truncated: bool,
    /// Why it can't be read.
    #[sea_orm(column_type = "Text", nullable)]
    pub problem: Option<String>,
    /// JSON object of what it says, in short.
    #[sea_orm(column_type = "Text")]
    pub summary: String,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
