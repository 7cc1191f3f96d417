//! Rows of releases, environments and promotions, and of what decides over them. What gates said, counters and the keys of
//! requests are working rows.

use std::collections::BTreeMap;

use entity::{
    active_lifecycle, admission, approval, auto_promotion_hold, environment, freeze, lifecycle, promotion,
    promotion_state, quarantine, release, release_artifact, release_line, review, ticket_answer, waiver,
};

use super::{Sink, Span, count_of, read, texts};
use crate::audit::model::kept::{
    APPROVED, APPROVER, DRAINED, LIFECYCLE, NAME, POLICY, REASON, REQUESTER, REVIEWER, REVISION, STATE,
    VERDICT,
};
use crate::audit::model::{FactKey, Kept, KeptKind, Row, Value};
use crate::db::{DbError, Snapshot};
use crate::releases::LifecycleRevision;
use crate::types::Timestamp;

/// How many rows [`rows`] gives.
pub async fn count(snapshot: &Snapshot) -> Result<u64, DbError> {
    Ok(count_of::<environment::Entity>(snapshot).await?
        + count_of::<lifecycle::Entity>(snapshot).await?
        + count_of::<active_lifecycle::Entity>(snapshot).await?
        + count_of::<release::Entity>(snapshot).await?
        + count_of::<release_artifact::Entity>(snapshot).await?
        + count_of::<release_line::Entity>(snapshot).await?
        + count_of::<promotion::Entity>(snapshot).await?
        + count_of::<promotion_state::Entity>(snapshot).await?
        + count_of::<approval::Entity>(snapshot).await?
        + count_of::<ticket_answer::Entity>(snapshot).await?
        + count_of::<admission::Entity>(snapshot).await?
        + count_of::<freeze::Entity>(snapshot).await?
        + count_of::<waiver::Entity>(snapshot).await?
        + count_of::<quarantine::Entity>(snapshot).await?
        + count_of::<auto_promotion_hold::Entity>(snapshot).await?
        + count_of::<review::Entity>(snapshot).await?)
}

/// Every row of them.
pub async fn rows(snapshot: &Snapshot, sink: Sink<'_>) -> Result<(), DbError> {
    read(snapshot, of_environment, sink).await?;
    read(snapshot, of_lifecycle, sink).await?;
    read(snapshot, of_active_lifecycle, sink).await?;
    read(snapshot, of_release, sink).await?;
    read(snapshot, of_artifact, sink).await?;
    read(snapshot, of_line, sink).await?;
    read(snapshot, of_promotion, sink).await?;
    read(snapshot, of_promotion_state, sink).await?;
    read(snapshot, of_approval, sink).await?;
    read(snapshot, of_ticket_answer, sink).await?;
    read(snapshot, of_admission, sink).await?;
    read(snapshot, of_freeze, sink).await?;
    read(snapshot, of_waiver, sink).await?;
    read(snapshot, of_quarantine, sink).await?;
    read(snapshot, of_hold, sink).await?;
    read(snapshot, of_review, sink).await
}

fn of_environment(row: environment::Model) -> Row {
    let kept = Kept::default()
        .says(REVISION, row.revision)
        .says(NAME, row.name)
        .says("tier", row.tier)
        .says("sensitivity", row.sensitivity)
        .says("labels", labels(&row.labels))
        .says("draining in seconds", row.drain_seconds);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Environment, row.environment_id, kept)
}

fn of_lifecycle(row: lifecycle::Model) -> Row {
    // What is no JSON has none.
    let bytes = LifecycleRevision::digest(&row.document, &row.effective).ok();
    let kept = Kept::default()
        .may_say("project", row.project_id)
        .says("digest", row.digest)
        .may_say("digest of its bytes", bytes);
    let span = Span { from: (row.set_at_us, row.from_event), to: (None, None) };
    span.kept(KeptKind::Lifecycle(row.revision), row.scope_key, kept)
}

fn of_active_lifecycle(row: active_lifecycle::Model) -> Row {
    let kept = Kept::default().may_say("project", row.project_id).says(REVISION, row.revision);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::ActiveLifecycle, row.scope_key, kept)
}

fn of_release(row: release::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says(NAME, row.name)
        .says("version", row.version)
        .says("content", row.content)
        .says("labels", labels(&row.labels))
        .may_say("maker", row.created_by);
    let span = Span { from: (row.created_at_us, row.from_event), to: (None, None) };
    span.kept(KeptKind::Release, row.id, kept)
}

fn of_artifact(row: release_artifact::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("repository", row.repository)
        .says("id of the repository", row.repository_id)
        .says("digest", row.digest)
        .says("role", row.role)
        .says("kind", row.kind)
        .may_say("pusher", row.pushed_by);
    let key = FactKey::Kept(KeptKind::Artifact(row.position), row.release_id.to_string().into());
    let value = Value::Kept(kept);
    Row { key, value, opened_at: None, opened_by: None, closed_at: None, closed_by: None }
}

fn of_line(row: release_line::Model) -> Row {
    let key = FactKey::Kept(KeptKind::Line, row.repository_id.to_string().into());
    let value = Value::Kept(Kept::default().says("project", row.project_id).says(NAME, row.name));
    let opened_by = Some(row.from_event.into());
    Row { key, value, opened_at: None, opened_by, closed_at: None, closed_by: None }
}

fn of_promotion(row: promotion::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("environment", row.environment_id)
        .says("release", row.release_id)
        .says("line", row.line)
        .says("kind", row.kind)
        .may_say("ticket", row.ticket)
        .may_say("justification", row.justification)
        .may_say(REQUESTER, row.requested_by)
        .may_say("start", row.start_at_us.map(Timestamp::from_micros))
        .says("end", Timestamp::from_micros(row.expires_at_us))
        .may_say("end of the emergency", row.glass_until_us.map(Timestamp::from_micros));
    let span = Span { from: (row.requested_at_us, row.from_event), to: (None, None) };
    span.kept(KeptKind::Promotion, row.id, kept)
}

fn of_promotion_state(row: promotion_state::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("environment", row.environment_id)
        .says("line", row.line)
        .says(STATE, row.state)
        .says(REASON, row.why)
        .says(LIFECYCLE, row.lifecycle_revision)
        .says(POLICY, row.policy);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::PromotionState, row.promotion_id, kept)
}

fn of_approval(row: approval::Model) -> Row {
    let kept = Kept::default()
        .says("promotion", row.promotion_id)
        .says("account", row.account_id)
        .says(VERDICT, row.verdict)
        .says(LIFECYCLE, row.lifecycle_revision)
        .says(POLICY, row.policy);
    let span = Span { from: (row.at_us, row.from_event), to: (None, None) };
    span.kept(KeptKind::Approval, row.id, kept)
}

fn of_ticket_answer(row: ticket_answer::Model) -> Row {
    let kept = Kept::default()
        .says("promotion", row.promotion_id)
        .may_say("account", row.account_id)
        .says(VERDICT, row.verdict)
        .may_say("reference", row.reference);
    let span = Span { from: (row.at_us, row.from_event), to: (None, None) };
    span.kept(KeptKind::TicketAnswer, row.id, kept)
}

fn of_admission(row: admission::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("environment", row.environment_id)
        .says("line", row.line)
        .says("release", row.release_id)
        .says("promotion", row.promotion_id)
        .later_says(DRAINED, row.drains_until_us.map(Timestamp::from_micros));
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Admission, row.id, kept)
}

fn of_freeze(row: freeze::Model) -> Row {
    let kept = Kept::default()
        .may_say("project", row.project_id)
        .may_say("selector of environments", row.environment)
        .may_say("tier", row.tier)
        .says(REASON, row.reason)
        .may_say("incident", row.incident)
        .says("allowed kinds", format!("{:?}", texts(row.allowed_kinds)))
        .says("start", Timestamp::from_micros(row.starts_at_us))
        .may_say("end", row.ends_at_us.map(Timestamp::from_micros))
        .may_say("account", row.set_by);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Freeze, row.id, kept)
}

fn of_waiver(row: waiver::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("gate", row.gate)
        .may_say("selector of environments", row.environment)
        .may_say("release", row.release_id)
        .says("vulnerabilities", format!("{:?}", texts(row.vulnerabilities)))
        .says(REASON, row.reason)
        .says("end", Timestamp::from_micros(row.ends_at_us))
        .may_say("account", row.asked_by)
        .later_says(APPROVER, row.approved_by)
        .later_says(APPROVED, row.approved_at_us.map(Timestamp::from_micros));
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Waiver, row.id, kept)
}

fn of_quarantine(row: quarantine::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("digest", row.digest)
        .says(REASON, row.reason)
        .may_say("account", row.set_by);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Quarantine, row.id, kept)
}

fn of_hold(row: auto_promotion_hold::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("environment", row.environment_id)
        .says("line", row.line)
        .says("promotion", row.promotion_id);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Hold, row.id, kept)
}

fn of_review(row: review::Model) -> Row {
    let kept = Kept::default()
        .says("project", row.project_id)
        .says("promotion", row.promotion_id)
        .may_say(REQUESTER, row.used_by)
        .says("deadline", Timestamp::from_micros(row.due_at_us))
        .last_says(REVIEWER, row.reviewed_by)
        .last_says(VERDICT, row.verdict);
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.kept(KeptKind::Review, row.id, kept)
}

impl Span {
    fn kept(self, kind: KeptKind, id: impl ToString, kept: Kept) -> Row {
        self.of(FactKey::Kept(kind, id.to_string().into()), Value::Kept(kept))
    }
}

/// A JSON object of texts; what is none is nothing that an event tells of.
fn labels(json: &str) -> String {
    let labels: Result<BTreeMap<String, String>, _> = serde_json::from_str(json);
    labels.map_or_else(|_| format!("{json}, which are none"), |labels| format!("{labels:?}"))
}

#[cfg(test)]
mod tests;
