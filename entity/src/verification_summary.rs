//! What somebody's policy made of an artifact, as an attestation says.

use sea_orm::entity::prelude::*;

/// What somebody's policy made of an artifact, as an attestation says.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification_summary")]
pub struct Model {
    /// The evidence that says so.
    #[sea_orm(primary_key, auto_increment = false)]
    pub evidence_id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// Who verified.
    pub verifier: String,
    /// What was verified.
    #[sea_orm(column_type = "Text", nullable)]
    pub resource: Option<String>,
    /// The policy.
    #[sea_orm(column_type = "Text", nullable)]
    pub policy: Option<String>,
    /// The policy's digest.
    pub policy_digest: Option<String>,
    /// Whether it passed.
    pub passed: bool,
    /// JSON list of the levels that it reached.
    #[sea_orm(column_type = "Text")]
    pub levels: String,
    /// When.
    pub verified_at_us: Option<i64>,
}

/// None are declared: stores join by hand where they need to.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
