//! Promotions as the API shows them.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::releases::ReleaseView;
use crate::releases::model::{
    Approval, GateResult, InState, PromotionKind, PromotionNow, PromotionState, next_eligible_at,
};
use crate::releases::service::Shown;
use crate::types::{AccountId, EnvironmentName, ProjectName, ReleaseName, Timestamp};

/// A promotion in short.
#[derive(Serialize, ToSchema)]
pub struct PromotionBrief {
    /// Opaque id.
    id: Uuid,
    /// Opaque id of the release.
    release: Uuid,
    /// The release's line.
    #[schema(value_type = String)]
    line: ReleaseName,
    /// Opaque id of the environment.
    environment: Uuid,
    /// What kind of move it is.
    kind: PromotionKind,
    /// How it stands.
    state: PromotionState,
    /// A code that says why.
    why: String,
    /// Since when, RFC 3339.
    since: String,
    /// When it was asked for, RFC 3339.
    requested_at: String,
}

impl From<PromotionNow> for PromotionBrief {
    fn from(standing: PromotionNow) -> Self {
        let PromotionNow { promotion, now } = standing;
        Self {
            id: promotion.id.uuid(),
            release: promotion.release.uuid(),
            line: promotion.line,
            environment: promotion.environment.uuid(),
            kind: promotion.kind,
            state: now.state,
            why: now.why,
            since: now.since.to_rfc3339(),
            requested_at: promotion.requested_at.to_rfc3339(),
        }
    }
}

/// A span in which a promotion was in a state.
#[derive(Serialize, ToSchema)]
struct StateView {
    /// The state.
    state: PromotionState,
    /// A code that says why.
    why: String,
    /// Since when, RFC 3339.
    since: String,
}

impl From<InState> for StateView {
    fn from(state: InState) -> Self {
        Self { state: state.state, why: state.why, since: state.since.to_rfc3339() }
    }
}

/// A person's yes or no.
#[derive(Serialize, ToSchema)]
struct ApprovalView {
    /// Opaque id.
    id: Uuid,
    /// Whose, by log-in name.
    user: String,
    /// `approve` or `reject`.
    verdict: &'static str,
    /// What they said beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// When, RFC 3339.
    at: String,
    /// Whether it was given under the rules that the promotion is judged by now. Under others it counts for nothing.
    is_current: bool,
}

/// A promotion with all that explains it.
#[derive(Serialize, ToSchema)]
pub struct PromotionView {
    /// Opaque id.
    id: Uuid,
    /// The project's name.
    #[schema(value_type = String)]
    project: ProjectName,
    /// What it moves.
    release: ReleaseView,
    /// Where to.
    #[schema(value_type = String)]
    environment: EnvironmentName,
    /// What kind of move it is.
    kind: PromotionKind,
    /// How it stands.
    state: PromotionState,
    /// A code that says why.
    why: String,
    /// Since when, RFC 3339.
    since: String,
    /// The change ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
    /// Why it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    /// Who asked for it, by log-in name; absent for Waybill itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<String>,
    /// When, RFC 3339.
    requested_at: String,
    /// Not to be admitted before, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    start_at: Option<String>,
    /// Not to be admitted after, RFC 3339.
    expires_at: String,
    /// When the emergency admission ends, if it is one, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    glass_until: Option<String>,
    /// The revision of the lifecycle that it is judged by.
    lifecycle_revision: i64,
    /// The digest of the trust policy that it is judged by, or `none`.
    policy: String,
    /// What the gates said last; empty until they were asked.
    gates: Vec<GateResult>,
    /// When they were asked, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    checked_at: Option<String>,
    /// Not before then, as far as time decides; absent when nothing waits for a known time, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_eligible_at: Option<String>,
    /// Who said yes or no.
    approvals: Vec<ApprovalView>,
    /// All states that it was in, oldest first.
    history: Vec<StateView>,
}

impl From<Shown> for PromotionView {
    fn from(shown: Shown) -> Self {
        let PromotionNow { promotion, now } = shown.standing;
        let name = |account: AccountId| {
            shown.names.get(&account).map_or_else(|| account.to_string(), ToString::to_string)
        };
        let approval = |(approval, comment): (Approval, Option<String>)| ApprovalView {
            id: approval.id.uuid(),
            user: name(approval.account),
            verdict: Approval::verdict(approval.approves),
            comment,
            at: approval.at.to_rfc3339(),
            is_current: approval.rules == now.rules,
        };
        let text = |at: Option<Timestamp>| at.map(Timestamp::to_rfc3339);
        let next_eligible_at = next_eligible_at(&shown.gates).filter(|_| now.state.is_pending());
        Self {
            id: promotion.id.uuid(),
            project: shown.project,
            release: shown.release.into(),
            environment: shown.environment,
            kind: promotion.kind,
            state: now.state,
            why: now.why.clone(),
            since: now.since.to_rfc3339(),
            ticket: promotion.ticket,
            justification: promotion.justification,
            requested_by: promotion.requested_by.map(name),
            requested_at: promotion.requested_at.to_rfc3339(),
            start_at: text(promotion.start_at),
            expires_at: promotion.expires_at.to_rfc3339(),
            glass_until: text(promotion.glass_until),
            lifecycle_revision: now.rules.lifecycle_revision,
            policy: now.rules.policy.clone(),
            gates: shown.gates,
            checked_at: text(shown.checked_at),
            next_eligible_at: text(next_eligible_at),
            approvals: shown.approvals.into_iter().map(approval).collect(),
            history: shown.history.into_iter().map(StateView::from).collect(),
        }
    }
}
