//! What events tell of releases, environments, promotions and what decides over them. Each struct says all that its row
//! says, so that a database can be rebuilt from events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A revision of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactEnvironment {
    /// Opaque id.
    pub environment: String,
    /// Counts from 1.
    pub revision: i64,
    /// Its name.
    pub name: String,
    /// `development`, `testing`, `staging` or `production`.
    pub tier: String,
    /// `low`, `medium` or `high`.
    pub sensitivity: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// How long a predecessor drains once its successor was verified.
    pub drain_seconds: i64,
}

/// A revision of a lifecycle or a template, whose document is too long for an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactLifecycle {
    /// The project's id, or `template:` and the template's name.
    pub scope: String,
    /// Counts from 1.
    pub revision: i64,
    /// SHA-256 of the document and what it comes to with its template, as the storage keeps both.
    pub digest: String,
    /// Bytes of that.
    pub size: String,
}

/// Which revision of a lifecycle holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactActiveLifecycle {
    /// As in `lifecycle.set`.
    pub scope: String,
    /// Which.
    pub revision: i64,
}

/// A release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRelease {
    /// Opaque id.
    pub release: String,
    /// Its line.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of what it consists of.
    pub content: String,
    /// What it consists of, in order; the subjects of the event.
    pub artifacts: Vec<FactArtifact>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
}

/// An artifact of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactArtifact {
    /// The repository's name.
    pub repository: String,
    /// The manifest, by SHA-256.
    pub digest: String,
    /// What it is to the release.
    pub role: String,
    /// `image`, `chart`, `file` or `other`.
    pub kind: String,
    /// Opaque id of the account that pushed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_by: Option<String>,
}

/// A request to admit a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactPromotion {
    /// Opaque id.
    pub promotion: String,
    /// Opaque id of the environment.
    pub environment: String,
    /// Opaque id of the release.
    pub release: String,
    /// The release's line.
    pub line: String,
    /// `forward`, `hotfix`, `rollback` or `redeploy`.
    pub promotion_kind: String,
    /// The change ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// Not before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_at_us: Option<i64>,
    /// Not after.
    pub expires_at_us: i64,
    /// When an emergency admission ends, if it is to be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub glass_until_us: Option<i64>,
    /// The revision of the lifecycle that it is judged by.
    pub lifecycle_revision: i64,
    /// The digest of the trust policy that it is judged by, or `none`.
    pub policy: String,
}

/// A promotion in another state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactPromotionMove {
    /// Opaque id.
    pub promotion: String,
    /// The state before.
    pub from: String,
    /// The state now.
    pub to: String,
    /// A code that says why.
    pub why: String,
    /// The revision of the lifecycle that it is judged by.
    pub lifecycle_revision: i64,
    /// The digest of the trust policy that it is judged by, or `none`.
    pub policy: String,
    /// What the gates said, where they were asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<FactGate>,
    /// Opaque ids of the admissions that drain, and until when, where a release was verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draining: Vec<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drains_until_us: Option<i64>,
    /// What the tool that reported it names as evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// What a gate said, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactGate {
    /// The gate's id.
    pub gate: String,
    /// `dry_run`, `warn` or `enforce`.
    pub mode: String,
    /// `pass`, `warn`, `fail`, `pending`, `missing`, `error` or `waived`.
    pub outcome: String,
    /// A code that says why.
    pub code: String,
    /// SHA-256 of what it looked at.
    pub input: String,
    /// SHA-256 of the gate itself.
    pub policy: String,
}

/// A release that was admitted: the pointer moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactAdmission {
    /// Opaque id of the admission.
    pub admission: String,
    /// The promotion, as it moved.
    pub promotion: FactPromotionMove,
    /// Opaque id of the environment.
    pub environment: String,
    /// Opaque id of the release.
    pub release: String,
    /// The release's line.
    pub line: String,
    /// Opaque id of the admission before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Until when that one drains, if nothing was reported of it; else that is open until its successor is verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_drains_until_us: Option<i64>,
}

/// A person's yes or no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactApproval {
    /// Opaque id.
    pub approval: String,
    /// Opaque id of the promotion.
    pub promotion: String,
    /// `approve` or `reject`.
    pub verdict: String,
    /// The release that it is bound to.
    pub release: String,
    /// The environment that it is bound to.
    pub environment: String,
    /// The revision of the lifecycle that it is bound to.
    pub lifecycle_revision: i64,
    /// The digest of the trust policy that it is bound to, or `none`.
    pub policy: String,
}

/// What an outside system answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactTicketAnswer {
    /// Opaque id.
    pub answer: String,
    /// Opaque id of the promotion.
    pub promotion: String,
    /// `approved` or `rejected`.
    pub verdict: String,
    /// Where more is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// A stop on promotions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactFreeze {
    /// Opaque id.
    pub freeze: String,
    /// A selector of environments; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// A tier of environments; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// Why.
    pub reason: String,
    /// Where more is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// The kinds of promotions that it lets pass.
    pub allowed_kinds: Vec<String>,
    /// Since when.
    pub starts_at_us: i64,
    /// When it lifts itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at_us: Option<i64>,
}

/// Something that is known by its id alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactNamed {
    /// Opaque id.
    pub id: String,
}

/// A time-boxed exception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactWaiver {
    /// Opaque id.
    pub waiver: String,
    /// The gate's id.
    pub gate: String,
    /// A selector of environments; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Opaque id of the one release that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The vulnerabilities that it is about; none for the whole gate.
    pub vulnerabilities: Vec<String>,
    /// Why.
    pub reason: String,
    /// When it ends.
    pub ends_at_us: i64,
}

/// A stop on one artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactQuarantine {
    /// Opaque id.
    pub quarantine: String,
    /// The manifest, by SHA-256.
    pub digest: String,
    /// Why.
    pub reason: String,
}

/// That nothing of a line goes into an environment by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactHold {
    /// Opaque id.
    pub hold: String,
    /// Opaque id of the environment.
    pub environment: String,
    /// The line.
    pub line: String,
    /// Opaque id of the rollback.
    pub promotion: String,
}

/// A review that is owed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactReview {
    /// Opaque id.
    pub review: String,
    /// Opaque id of the promotion.
    pub promotion: String,
    /// By when.
    pub due_at_us: i64,
}

/// A review that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactReviewGiven {
    /// Opaque id.
    pub review: String,
    /// `justified` or `unjustified`.
    pub verdict: String,
}

/// What somebody was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactDecision {
    /// `deploy`, `promote`, `pull` or `resume_step`.
    pub action: String,
    /// The environment's name.
    pub environment: String,
    /// Whether it may.
    pub allow: bool,
    /// Codes of why, or why not.
    pub reasons: Vec<String>,
    /// Opaque id of the release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Opaque id of the promotion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
}
