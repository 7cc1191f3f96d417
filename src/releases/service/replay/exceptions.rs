//! Freezes, waivers, quarantines, holds and reviews, done again.

use crate::db::Tx;
use crate::ledger::{
    FactFreeze, FactHold, FactNamed, FactQuarantine, FactReview, FactReviewGiven, FactWaiver, RecordedEvent,
    ReplayError,
};
use crate::releases::model::{Freeze, Hold, Quarantine, Review, Waiver};
use crate::releases::store;
use crate::types::{FreezeId, PromotionId, QuarantineId, Timestamp, WaiverId};

/// Why an event that ends something can't be done again.
const NONE: &str = "there is none that holds";

/// Promotions were stopped.
pub async fn freeze_set(tx: &Tx, past: &RecordedEvent, fact: &FactFreeze) -> Result<(), ReplayError> {
    let kinds = fact.allowed_kinds.iter().map(|kind| past.value("kind of a promotion", kind));
    let (selector, tier) = (fact.environment.as_deref(), fact.tier.as_deref());
    let freeze = Freeze {
        id: past.value("freeze", &fact.freeze)?,
        project: past.project,
        environment: selector.map(|text| past.value("selector", text)).transpose()?,
        tier: tier.map(|tier| past.value("tier", tier)).transpose()?,
        reason: fact.reason.clone(),
        incident: fact.incident.clone(),
        allowed_kinds: kinds.collect::<Result<_, _>>()?,
        starts_at: Timestamp::from_micros(fact.starts_at_us),
        ends_at: fact.ends_at_us.map(Timestamp::from_micros),
        set_by: past.actor,
        set_at: past.at,
    };
    Ok(store::freezes::open(&**tx, &freeze, past.id).await?)
}

/// They are not any more.
pub async fn freeze_lifted(tx: &Tx, past: &RecordedEvent, named: &FactNamed) -> Result<(), ReplayError> {
    let id: FreezeId = past.value("freeze", &named.id)?;
    past.demand(store::freezes::close(&**tx, id, past.at, past.id).await?, NONE)
}

/// An exception was asked for.
pub async fn waiver_asked(tx: &Tx, past: &RecordedEvent, fact: &FactWaiver) -> Result<(), ReplayError> {
    let (selector, release) = (fact.environment.as_deref(), fact.release.as_deref());
    let waiver = Waiver {
        id: past.value("waiver", &fact.waiver)?,
        project: past.in_project()?,
        gate: fact.gate.clone(),
        environment: selector.map(|text| past.value("selector", text)).transpose()?,
        release: release.map(|release| past.value("release", release)).transpose()?,
        vulnerabilities: fact.vulnerabilities.clone(),
        reason: fact.reason.clone(),
        ends_at: Timestamp::from_micros(fact.ends_at_us),
        asked_by: past.actor,
        asked_at: past.at,
        approved: None,
    };
    Ok(store::waivers::open(&**tx, &waiver, past.id).await?)
}

/// It was approved.
pub async fn waiver_approved(tx: &Tx, past: &RecordedEvent, named: &FactNamed) -> Result<(), ReplayError> {
    let id: WaiverId = past.value("waiver", &named.id)?;
    let by = past.actor.ok_or_else(|| past.contradiction("nobody approved it"))?;
    past.demand(store::waivers::approve(&**tx, id, by, past.at).await?, NONE)
}

/// It was withdrawn.
pub async fn waiver_withdrawn(tx: &Tx, past: &RecordedEvent, named: &FactNamed) -> Result<(), ReplayError> {
    let id: WaiverId = past.value("waiver", &named.id)?;
    past.demand(store::waivers::close(&**tx, id, past.at, past.id).await?, NONE)
}

/// An artifact was stopped.
pub async fn quarantine_set(tx: &Tx, past: &RecordedEvent, fact: &FactQuarantine) -> Result<(), ReplayError> {
    let quarantine = Quarantine {
        id: past.value("quarantine", &fact.quarantine)?,
        project: past.in_project()?,
        digest: past.value("digest", &fact.digest)?,
        reason: fact.reason.clone(),
        set_by: past.actor,
        since: past.at,
    };
    let opened = store::quarantines::open(&**tx, &quarantine, past.id).await?;
    past.demand(opened, "it is in quarantine already")
}

/// It is not any more.
pub async fn quarantine_lifted(tx: &Tx, past: &RecordedEvent, named: &FactNamed) -> Result<(), ReplayError> {
    let id: QuarantineId = past.value("quarantine", &named.id)?;
    past.demand(store::quarantines::close(&**tx, id, past.at, past.id).await?, NONE)
}

/// Nothing of a line goes into an environment by itself.
pub async fn held(tx: &Tx, past: &RecordedEvent, fact: &FactHold) -> Result<(), ReplayError> {
    let hold = Hold {
        promotion: past.value("promotion", &fact.promotion)?,
        project: past.in_project()?,
        environment: past.value("environment", &fact.environment)?,
        line: past.value("line", &fact.line)?,
        since: past.at,
    };
    past.demand(store::holds::open(&**tx, &hold, past.id).await?, "it is held already")
}

/// It does again.
pub async fn released(tx: &Tx, past: &RecordedEvent, named: &FactNamed) -> Result<(), ReplayError> {
    let id: PromotionId = past.value("hold", &named.id)?;
    past.demand(store::holds::close(&**tx, id.uuid(), past.at, past.id).await?, NONE)
}

/// An emergency admission owes a review. Who broke the glass is who asked for the promotion.
pub async fn review_owed(tx: &Tx, past: &RecordedEvent, fact: &FactReview) -> Result<(), ReplayError> {
    let promotion: PromotionId = past.value("promotion", &fact.promotion)?;
    let standing = store::promotions::find(&**tx, promotion).await?;
    let standing = standing.ok_or_else(|| past.contradiction("there is no such promotion"))?;
    let review = Review {
        promotion,
        project: past.in_project()?,
        used_by: standing.promotion.requested_by,
        due_at: Timestamp::from_micros(fact.due_at_us),
        since: past.at,
        given: None,
    };
    Ok(store::reviews::open(&**tx, &review, past.id).await?)
}

/// The review was given.
pub async fn review_given(tx: &Tx, past: &RecordedEvent, fact: &FactReviewGiven) -> Result<(), ReplayError> {
    let promotion: PromotionId = past.value("review", &fact.review)?;
    let is_justified = fact.verdict == Review::verdict(true);
    let closed = store::reviews::close(&**tx, promotion, past.actor, is_justified, past.at, past.id).await?;
    past.demand(closed, NONE)
}
