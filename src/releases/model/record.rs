//! Promotions and all that is kept of them.

use super::words::words;
use super::{PromotionKind, PromotionState};
use crate::ledger::{FactApproval, FactPromotion, FactPromotionMove};
use crate::types::{
    AccountId, AdmissionId, ApprovalId, EnvironmentId, EventId, ProjectId, PromotionId, ReleaseId,
    ReleaseName, Timestamp,
};

/// What stands for the digest of a trust policy where none holds.
pub const NO_POLICY: &str = "none";

/// A request to admit a release into an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// Opaque id.
    pub id: PromotionId,
    /// In which project.
    pub project: ProjectId,
    /// Where to.
    pub environment: EnvironmentId,
    /// What.
    pub release: ReleaseId,
    /// The release's line.
    pub line: ReleaseName,
    /// What kind of move it is.
    pub kind: PromotionKind,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// Who asked for it; none for Waybill itself.
    pub requested_by: Option<AccountId>,
    /// When.
    pub requested_at: Timestamp,
    /// Not to be admitted before.
    pub start_at: Option<Timestamp>,
    /// Not to be admitted after.
    pub expires_at: Timestamp,
    /// When an emergency admission ends, if it is to be one.
    pub glass_until: Option<Timestamp>,
}

/// The rules that a promotion is judged by. Approvals under others count for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// The revision of the project's lifecycle.
    pub lifecycle_revision: i64,
    /// The digest of the trust policy that holds in the project, or [`NO_POLICY`].
    pub policy: String,
}

/// How a promotion stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InState {
    /// The state.
    pub state: PromotionState,
    /// A code that says why.
    pub why: String,
    /// What it was judged by.
    pub rules: Rules,
    /// Since when.
    pub since: Timestamp,
}

/// A promotion with how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionNow {
    /// The request.
    pub promotion: Promotion,
    /// How it stands.
    pub now: InState,
}

impl Promotion {
    /// As an event tells it.
    pub fn fact(&self, rules: &Rules) -> FactPromotion {
        FactPromotion {
            promotion: self.id.to_string(),
            environment: self.environment.to_string(),
            release: self.release.to_string(),
            line: self.line.to_string(),
            promotion_kind: self.kind.as_str().to_owned(),
            ticket: self.ticket.clone(),
            justification: self.justification.clone(),
            start_at_us: self.start_at.map(Timestamp::micros),
            expires_at_us: self.expires_at.micros(),
            glass_until_us: self.glass_until.map(Timestamp::micros),
            lifecycle_revision: rules.lifecycle_revision,
            policy: rules.policy.clone(),
        }
    }
}

impl InState {
    /// The move into this state, as an event tells it.
    pub fn fact(&self, promotion: PromotionId, from: PromotionState) -> FactPromotionMove {
        FactPromotionMove {
            promotion: promotion.to_string(),
            from: from.as_str().to_owned(),
            to: self.state.as_str().to_owned(),
            why: self.why.clone(),
            lifecycle_revision: self.rules.lifecycle_revision,
            policy: self.rules.policy.clone(),
            gates: Vec::new(),
            draining: Vec::new(),
            drains_until_us: None,
            evidence: None,
        }
    }
}

words! {
    /// What a person says to a promotion.
    Verdict {
        /// Yes.
        Approve = "approve",
        /// No.
        Reject = "reject",
    }
}

/// A person's yes or no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Opaque id.
    pub id: ApprovalId,
    /// To which promotion.
    pub promotion: PromotionId,
    /// Whose.
    pub account: AccountId,
    /// Whether it is a yes.
    pub approves: bool,
    /// Under which rules.
    pub rules: Rules,
    /// When.
    pub at: Timestamp,
    /// The event that told of it, and that its comment hangs on.
    pub event: EventId,
}

impl Approval {
    /// As the API, the database and events write it.
    pub const fn verdict(approves: bool) -> &'static str {
        if approves { Verdict::Approve.as_str() } else { Verdict::Reject.as_str() }
    }

    /// As an event tells it.
    pub fn fact(&self, promotion: &Promotion) -> FactApproval {
        FactApproval {
            approval: self.id.to_string(),
            promotion: self.promotion.to_string(),
            verdict: Self::verdict(self.approves).to_owned(),
            release: promotion.release.to_string(),
            environment: promotion.environment.to_string(),
            lifecycle_revision: self.rules.lifecycle_revision,
            policy: self.rules.policy.clone(),
        }
    }
}

/// A span in which an environment pointed at a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Opaque id.
    pub id: AdmissionId,
    /// In which project.
    pub project: ProjectId,
    /// Where.
    pub environment: EnvironmentId,
    /// Of which line.
    pub line: ReleaseName,
    /// The release.
    pub release: ReleaseId,
    /// The promotion that admitted it.
    pub promotion: PromotionId,
    /// Since when.
    pub since: Timestamp,
}
