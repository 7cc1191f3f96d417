//! What facts of trust say.

use super::or_none;
use crate::ledger::FactVerification;
use crate::types::{ProjectId, RepositoryId, Timestamp};

/// What a revision of a trust policy's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustPolicy {
    /// Counts from 1.
    pub revision: i64,
    /// Of the document.
    pub digest: String,
    /// As the bytes of the document are.
    pub bytes: String,
    /// The project's id, or `organisation`, as the row is unique by.
    pub scope_key: String,
}

impl TrustPolicy {
    /// As an event tells it.
    pub fn told(project: Option<ProjectId>, revision: i64, digest: &str) -> Self {
        let scope_key = project.map_or_else(|| "organisation".to_owned(), |id| id.to_string());
        Self { revision, digest: digest.to_owned(), bytes: digest.to_owned(), scope_key }
    }

    pub(super) fn parts(&self) -> Vec<String> {
        let Self { revision, digest, bytes, scope_key } = self;
        vec![
            format!("the revision {revision}"),
            format!("the digest {digest}"),
            format!("bytes of {bytes}"),
            format!("the key {scope_key}"),
        ]
    }
}

/// What a verification's row says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Opaque id.
    pub id: String,
    /// In which project.
    pub project: ProjectId,
    /// In which repository.
    pub repository: RepositoryId,
    /// The digest of the manifest that carries the evidence.
    pub carrier: String,
    /// Which of its layers.
    pub position: i64,
    /// The legacy tag; empty for a referrer.
    pub tag: String,
    /// The digest of whom it speaks.
    pub subject: String,
    /// `signature`, `attestation` or `document`.
    pub kind: String,
    /// What an attestation says.
    pub predicate_type: Option<String>,
    /// `verified` or `refused`.
    pub result: String,
    /// Which signer of the policy made it.
    pub signer: Option<String>,
    /// Codes of why it was refused.
    pub reasons: Vec<String>,
    /// The digest of the trust policy.
    pub policy: String,
    /// The digest of the trusted root.
    pub trusted_root: Option<String>,
    /// The highest SLSA level.
    pub slsa_level: Option<i64>,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
    /// What verified it.
    pub verifier: String,
}

impl Verification {
    /// As an event tells it.
    pub fn told(
        project: ProjectId,
        repository: RepositoryId,
        subject: String,
        told: &FactVerification,
    ) -> Self {
        let told = told.clone();
        Self {
            id: told.verification,
            project,
            repository,
            carrier: told.carrier,
            position: told.position.into(),
            tag: told.tag.unwrap_or_default(),
            subject,
            kind: told.evidence_kind,
            predicate_type: told.predicate_type,
            result: told.result,
            signer: told.signer,
            reasons: told.reasons,
            policy: told.policy,
            trusted_root: told.trusted_root,
            slsa_level: told.slsa_level.map(i64::from),
            signed_at: told.signed_at_us.map(Timestamp::from_micros),
            verifier: told.verifier,
        }
    }

    pub(super) fn parts(&self) -> Vec<String> {
        vec![
            format!("the id {}", self.id),
            format!("the project {}", self.project),
            format!("the repository {}", self.repository),
            format!("the carrier {}", self.carrier),
            format!("the position {}", self.position),
            or_none("tag", Some(&self.tag).filter(|tag| !tag.is_empty())),
            format!("the subject {}", self.subject),
            format!("the kind {}", self.kind),
            or_none("predicate type", self.predicate_type.as_ref()),
            format!("the result {}", self.result),
            or_none("signer", self.signer.as_ref()),
            format!("the reasons {:?}", self.reasons),
            format!("the policy {}", self.policy),
            or_none("trusted root", self.trusted_root.as_ref()),
            or_none("SLSA level", self.slsa_level.as_ref()),
            or_none("instant of signing", self.signed_at.map(Timestamp::to_rfc3339).as_ref()),
            format!("the verifier {}", self.verifier),
        ]
    }
}
