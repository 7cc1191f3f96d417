//! Moving an environment's pointer. Nothing here reads, writes or copies a byte of what a release consists of.

use serde::{Deserialize, Serialize};

use super::gather::Move;
use super::tend::{facts, moved, put_into};
use crate::access::Caller;
use crate::db::{DbError, Tx};
use crate::jobs;
use crate::ledger::{Event, FactAdmission, FactNamed, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::model::{
    Admission, GateResult, Hold, InState, PromotionEvent, PromotionKind, PromotionNow, PromotionState,
    REVIEW_DAYS, Review, Rules,
};
use crate::releases::store;
use crate::types::{AdmissionId, PromotionId, Timestamp};

/// The kind of the job that writes what came of a promotion beside its artifacts.
pub const WRITE_SUMMARY: &str = "releases.write_summary";

/// Its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryOwed {
    /// The promotion.
    pub promotion: PromotionId,
}

/// Points the environment at the release, as part of a change; returns the events of all that follows from it, in order.
pub(super) async fn admit(
    tx: &Tx,
    of: &Move,
    standing: &PromotionNow,
    rules: Rules,
    gates: &[GateResult],
    now: Timestamp,
) -> Result<Vec<Event>, DbError> {
    let promotion = &standing.promotion;
    let system = Caller::system();
    let mut events = Vec::new();
    let mut drains_until = None;
    let before =
        store::admissions::current(&**tx, promotion.project, promotion.environment, &promotion.line).await?;
    if let Some(before) = &before {
        drains_until = drains_by_itself(tx, of, before, now).await?;
        events.extend(succeed(tx, &system, before, promotion.kind, now).await?);
    }
    let why = if promotion.glass_until.is_some() { "break_glass" } else { "gates_passed" };
    let next = InState { state: PromotionState::Admitted, why: why.to_owned(), rules, since: now };
    let admission = Admission {
        id: AdmissionId::new(),
        project: promotion.project,
        environment: promotion.environment,
        line: promotion.line.clone(),
        release: promotion.release,
        promotion: promotion.id,
        since: now,
    };
    let mut told = next.fact(promotion.id, standing.now.state);
    told.gates = facts(gates);
    let fact = FactAdmission {
        admission: admission.id.to_string(),
        promotion: told,
        environment: admission.environment.to_string(),
        release: admission.release.to_string(),
        line: admission.line.to_string(),
        before: before.as_ref().map(|before| before.id.to_string()),
        before_drains_until_us: drains_until.map(Timestamp::micros),
    };
    let event = Event::new(&system, now, Some(promotion.project), ReleaseFact::PromotionAdmitted(fact));
    let event = of.release.subjects().fold(event, Event::about);
    if let Some(before) = &before
        && !store::admissions::close(&**tx, before.id, now, event.id()).await?
    {
        return Err(DbError::corrupt("admission: closed by another", before.id));
    }
    if let (Some(before), Some(until)) = (&before, drains_until) {
        store::admissions::set_drained(&**tx, &[before.id], until).await?;
    }
    put_into(tx, standing, &next, &event).await?;
    store::admissions::open(&**tx, &admission, event.id()).await?;
    events.push(event);
    events.extend(hold_or_release(tx, standing, now).await?);
    events.extend(owe_review(tx, standing, now).await?);
    Epoch::Environment(promotion.project, promotion.environment).pass(tx).await?;
    leave_summary(tx, promotion.id, now).await?;
    Ok(events)
}

/// Until when what is succeeded drains, if nothing was ever reported of it: then nobody says when its successor runs either, and
/// it can't drain for ever.
async fn drains_by_itself(
    tx: &Tx,
    of: &Move,
    before: &Admission,
    now: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let standing = store::promotions::find(&**tx, before.promotion).await?;
    let is_unreported = standing.is_some_and(|standing| standing.now.state == PromotionState::Admitted);
    let drain = u64::try_from(of.environment.settings.drain_seconds).unwrap_or(0);
    Ok(is_unreported.then(|| now.after(std::time::Duration::from_secs(drain))))
}

/// Tells of the promotion whose release is succeeded.
async fn succeed(
    tx: &Tx,
    caller: &Caller,
    before: &Admission,
    kind: PromotionKind,
    now: Timestamp,
) -> Result<Option<Event>, DbError> {
    let Some(standing) = store::promotions::find(&**tx, before.promotion).await? else {
        return Err(DbError::corrupt("admission.promotion_id", before.promotion));
    };
    let (event, why) = match kind {
        PromotionKind::Rollback => (PromotionEvent::RollBack, "rolled_back"),
        _ => (PromotionEvent::Supersede, "succeeded"),
    };
    // What failed has ended, and stays so.
    let Ok(state) = standing.now.state.step(event) else { return Ok(None) };
    if state == standing.now.state {
        return Ok(None);
    }
    let rules = standing.now.rules.clone();
    let next = InState { state, why: why.to_owned(), rules, since: now };
    moved(tx, caller, &standing, &next, &[]).await.map(Some)
}

/// A rollback stops what goes in by itself, and who moves forward on purpose lets it go on.
async fn hold_or_release(tx: &Tx, standing: &PromotionNow, now: Timestamp) -> Result<Option<Event>, DbError> {
    let promotion = &standing.promotion;
    let (project, environment, line) = (promotion.project, promotion.environment, &promotion.line);
    let held = store::holds::find(&**tx, project, environment, line).await?;
    let system = Caller::system();
    match (promotion.kind, held) {
        (PromotionKind::Rollback, None) => {
            let hold = Hold { promotion: promotion.id, project, environment, line: line.clone(), since: now };
            let fact = ReleaseFact::AutoPromotionHeld(hold.fact());
            let event = Event::new(&system, now, Some(project), fact);
            store::holds::open(&**tx, &hold, event.id()).await?;
            Ok(Some(event))
        }
        (PromotionKind::Forward | PromotionKind::Hotfix, Some(hold)) if promotion.requested_by.is_some() => {
            let fact = ReleaseFact::AutoPromotionReleased(FactNamed { id: hold.promotion.to_string() });
            let event = Event::new(&system, now, Some(project), fact);
            store::holds::close(&**tx, hold.promotion.uuid(), now, event.id()).await?;
            Ok(Some(event))
        }
        _ => Ok(None),
    }
}

/// Who broke the glass owes a review by somebody else.
async fn owe_review(tx: &Tx, standing: &PromotionNow, now: Timestamp) -> Result<Option<Event>, DbError> {
    let promotion = &standing.promotion;
    if promotion.glass_until.is_none() {
        return Ok(None);
    }
    let review = Review {
        promotion: promotion.id,
        project: promotion.project,
        used_by: promotion.requested_by,
        due_at: now.after(std::time::Duration::from_secs(REVIEW_DAYS * 24 * 3600)),
        since: now,
        given: None,
    };
    let fact = ReleaseFact::ReviewOwed(review.fact());
    let event = Event::new(&Caller::system(), now, Some(promotion.project), fact);
    store::reviews::open(&**tx, &review, event.id()).await?;
    Ok(Some(event))
}

async fn leave_summary(tx: &Tx, promotion: PromotionId, now: Timestamp) -> Result<(), DbError> {
    let payload = serde_json::to_string(&SummaryOwed { promotion });
    let payload = payload.map_err(|error| DbError::corrupt("job.payload", error))?;
    let key = format!("{WRITE_SUMMARY}:{promotion}");
    jobs::enqueue(tx, WRITE_SUMMARY, Some(&key), &payload, now).await
}
