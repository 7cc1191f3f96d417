//! What came of verifying a signature or attestation.

use sea_orm::entity::prelude::*;

/// What came of verifying a signature or attestation.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "verification")]
pub struct Model {
    /// Opaque id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What was verified.
    pub evidence_id: Uuid,
    /// In which project.
    pub project_id: Uuid,
    /// In which repository.
    pub repository_id: Uuid,
    /// The digest of the manifest that carries it.
    pub carrier: String,
    /// Which of its layers.
    pub position: i32,
    /// The legacy tag through which it speaks; empty for a referrer.
    pub tag: String,
    /// The digest of whom it speaks.
    pub subject: String,
    /// `signature`, `attestation` or `document`.
    pub kind: String,
    /// What an attestation says.
    #[sea_orm(column_type = "Text", nullable)]
    pub predicate_type: Option<String>,
    /// `verified` or `refused`.
    pub result: String,
    /// Which signer of the policy made it.
    pub signer: Option<String>,
    /// JSON list of codes.
    #[sea_orm(column_type = "Text")]
    pub reasons: String,
    /// JSON list of what they mean here.
    #[sea_orm(column_type = "Text")]
    pub details: String,
    /// The digest of the trust policy.
    pub policy: String,
    /// The digest of the trusted root that was needed.
    pub trusted_root: Option<String>,
    /// The highest SLSA level that its builder is good for.
    pub slsa_level: Option<i32>,
    /// When it was signed, where that can be told.
    pub signed_at_us: Option<i64>,
    /// What verified it, with its version.
    pub verifier: String,
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
