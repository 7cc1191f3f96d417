//! Promotions, their states and what environments pointed at, done again.

use crate::db::Tx;
use crate::ledger::{
    FactAdmission, FactApproval, FactPromotion, FactPromotionMove, FactTicketAnswer, RecordedEvent,
    ReplayError,
};
use crate::releases::model::{Admission, Approval, InState, Promotion, PromotionNow, PromotionState, Rules};
use crate::releases::store;
use crate::releases::store::approvals::TicketAnswer;
use crate::types::{AdmissionId, PromotionId, Timestamp};

/// Somebody asked for a release to be admitted.
pub async fn requested(tx: &Tx, past: &RecordedEvent, fact: &FactPromotion) -> Result<(), ReplayError> {
    let promotion = Promotion {
        id: past.value("promotion", &fact.promotion)?,
        project: past.in_project()?,
        environment: past.value("environment", &fact.environment)?,
        release: past.value("release", &fact.release)?,
        line: past.value("line", &fact.line)?,
        kind: past.value("kind of a promotion", &fact.promotion_kind)?,
        ticket: fact.ticket.clone(),
        justification: fact.justification.clone(),
        requested_by: past.actor,
        requested_at: past.at,
        start_at: fact.start_at_us.map(Timestamp::from_micros),
        expires_at: Timestamp::from_micros(fact.expires_at_us),
        glass_until: fact.glass_until_us.map(Timestamp::from_micros),
    };
    let rules = Rules { lifecycle_revision: fact.lifecycle_revision, policy: fact.policy.clone() };
    store::promotions::insert(&**tx, &promotion, past.id).await?;
    let first =
        InState { state: PromotionState::Evaluating, why: "requested".to_owned(), rules, since: past.at };
    Ok(store::states::open(&**tx, &promotion, &first, past.id).await?)
}

/// A promotion came into another state.
pub async fn moved(tx: &Tx, past: &RecordedEvent, fact: &FactPromotionMove) -> Result<(), ReplayError> {
    move_on(tx, past, fact).await?;
    let mut draining = Vec::with_capacity(fact.draining.len());
    for id in &fact.draining {
        draining.push(past.value::<AdmissionId>("admission", id)?);
    }
    if let Some(until) = fact.drains_until_us {
        store::admissions::set_drained(&**tx, &draining, Timestamp::from_micros(until)).await?;
    }
    Ok(())
}

async fn move_on(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &FactPromotionMove,
) -> Result<PromotionNow, ReplayError> {
    let id: PromotionId = past.value("promotion", &fact.promotion)?;
    let standing = store::promotions::find(&**tx, id).await?;
    let standing = standing.ok_or_else(|| past.contradiction("there is no such promotion"))?;
    let from: PromotionState = past.value("state", &fact.from)?;
    let next = InState {
        state: past.value("state", &fact.to)?,
        why: fact.why.clone(),
        rules: Rules { lifecycle_revision: fact.lifecycle_revision, policy: fact.policy.clone() },
        since: past.at,
    };
    let closed = store::states::close(&**tx, id, from, past.at, past.id).await?;
    past.demand(closed, "the promotion is not in the state before it")?;
    store::states::open(&**tx, &standing.promotion, &next, past.id).await?;
    Ok(standing)
}

/// A release was admitted.
pub async fn admitted(tx: &Tx, past: &RecordedEvent, fact: &FactAdmission) -> Result<(), ReplayError> {
    if let Some(before) = &fact.before {
        let before: AdmissionId = past.value("admission", before)?;
        let closed = store::admissions::close(&**tx, before, past.at, past.id).await?;
        past.demand(closed, "the admission before it does not hold")?;
        if let Some(until) = fact.before_drains_until_us {
            store::admissions::set_drained(&**tx, &[before], Timestamp::from_micros(until)).await?;
        }
    }
    let standing = move_on(tx, past, &fact.promotion).await?;
    let admission = Admission {
        id: past.value("admission", &fact.admission)?,
        project: past.in_project()?,
        environment: past.value("environment", &fact.environment)?,
        line: past.value("line", &fact.line)?,
        release: past.value("release", &fact.release)?,
        promotion: standing.promotion.id,
        since: past.at,
    };
    Ok(store::admissions::open(&**tx, &admission, past.id).await?)
}

/// A person said yes or no.
pub async fn approved(tx: &Tx, past: &RecordedEvent, fact: &FactApproval) -> Result<(), ReplayError> {
    let approval = Approval {
        id: past.value("approval", &fact.approval)?,
        promotion: past.value("promotion", &fact.promotion)?,
        account: past.actor.ok_or_else(|| past.contradiction("nobody gave it"))?,
        approves: fact.verdict == Approval::verdict(true),
        rules: Rules { lifecycle_revision: fact.lifecycle_revision, policy: fact.policy.clone() },
        at: past.at,
        event: past.id,
    };
    let inserted = store::approvals::insert(&**tx, &approval).await?;
    past.demand(inserted, "the account gave one already")
}

/// An outside system answered about a ticket.
pub async fn ticket_answered(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &FactTicketAnswer,
) -> Result<(), ReplayError> {
    let answer = TicketAnswer {
        id: past.value("answer", &fact.answer)?,
        promotion: past.value("promotion", &fact.promotion)?,
        approved: fact.verdict == store::approvals::answer(true),
        reference: fact.reference.clone(),
        account: past.actor,
        at: past.at,
    };
    Ok(store::approvals::insert_answer(&**tx, &answer, past.id).await?)
}
