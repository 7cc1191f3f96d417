//! What gates are asked with: all that is known when they are, and nothing else.

use super::PromotionKind;
use crate::trust::KnownEvidence;
use crate::types::{AccountId, Digest, EnvironmentName, FreezeId, Timestamp, WaiverId};

/// A person's, or a service account's, yes or no to the promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalInput {
    /// Whose.
    pub account: AccountId,
    /// Their log-in name.
    pub name: String,
    /// Whether it is a person.
    pub is_person: bool,
    /// Yes or no.
    pub approves: bool,
    /// When.
    pub at: Timestamp,
    /// Under which revision of the lifecycle.
    pub lifecycle_revision: i64,
    /// Under which trust policy: its digest, or `none`.
    pub policy: String,
}

/// A stop that binds the project and the environment, now or later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeInput {
    /// Which.
    pub id: FreezeId,
    /// Why.
    pub reason: String,
    /// Where more is told.
    pub incident: Option<String>,
    /// What it lets pass.
    pub allowed_kinds: Vec<PromotionKind>,
    /// Since when it stops.
    pub starts_at: Timestamp,
    /// When it lifts itself.
    pub ends_at: Option<Timestamp>,
}

/// An approved exception that holds for the project, the environment and the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverInput {
    /// Which.
    pub id: WaiverId,
    /// The gate's id.
    pub gate: String,
    /// The vulnerabilities that do not count; none for the whole gate.
    pub vulnerabilities: Vec<String>,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// All that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Of each artifact of the request, in its order.
    pub evidence: Vec<KnownEvidence>,
    /// All that were given to this promotion.
    pub approvals: Vec<ApprovalInput>,
    /// The revision of the lifecycle that is asked: approvals under another are void.
    pub lifecycle_revision: i64,
    /// The trust policy that holds, its digest or `none`: approvals under another are void.
    pub policy: String,
    /// Since when the release is verified in the environments that [`super::Lifecycle::upstream`] names. One that is not
    /// listed counts as one where it is not.
    pub upstream: Vec<(EnvironmentName, Option<Timestamp>)>,
    /// Whether the release was verified in this environment at any time.
    pub verified_here_before: bool,
    /// Those that bind.
    pub freezes: Vec<FreezeInput>,
    /// Those that hold.
    pub waivers: Vec<WaiverInput>,
    /// Artifacts that are stopped.
    pub quarantined: Vec<Digest>,
    /// What an outside system answered about the ticket.
    pub ticket_answer: Option<bool>,
}
