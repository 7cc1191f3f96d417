//! What events tell of verifications.

use serde::{Deserialize, Serialize};

/// What came of verifying a signature or attestation, as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactVerification {
    /// Opaque id of the verification.
    pub verification: String,
    /// Opaque id of the evidence: made of where it stands and whom it speaks of.
    pub evidence: String,
    /// The digest of the manifest that carries it.
    pub carrier: String,
    /// Which of that manifest's layers.
    pub position: u32,
    /// The legacy tag through which it speaks of its subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// `signature`, `attestation` or `document`.
    pub evidence_kind: String,
    /// What an attestation says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicate_type: Option<String>,
    /// `verified` or `refused`.
    pub result: String,
    /// Which signer of the policy made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// Codes of why it was refused.
    pub reasons: Vec<String>,
    /// The digest of the trust policy.
    pub policy: String,
    /// The digest of the trusted root or trust store that was needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trusted_root: Option<String>,
    /// The highest SLSA level that its builder is good for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slsa_level: Option<u8>,
    /// When it was signed, where that can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at_us: Option<i64>,
    /// What verified it, with its version.
    pub verifier: String,
}
