//! Judging a promotion that is on its way, and moving it on.
//!
//! All that the gates are asked about is read outside the change, for much of it takes a while. The change compares the
//! counters of what could have altered it ([`Epoch`](crate::projects::Epoch)), asks the gates once more at its own instant,
//! and only then moves the pointer: nothing that was decided on has changed meanwhile, so a freeze that was set between
//! always wins.

use fail::fail_point;

use super::gather::{Gathered, Move, epochs_of};
use super::{Releases, admit};
use crate::access::Caller;
use crate::db::{DbError, Tx};
use crate::ledger::{Event, FactGate, Record as _, ReleaseFact};
use crate::projects::Projects;
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    GateResult, InState, Judgement, Promotion, PromotionEvent, PromotionNow, PromotionState, Release, Rules,
    evaluate, judge, judge_under_glass, next_at,
};
use crate::releases::store;
use crate::releases::store::checks::Check;
use crate::types::{AccountId, PromotionId, Timestamp};

/// How often a promotion is judged anew when what decides over it keeps changing.
const TRIES: usize = 20;
/// Promotions of a release that are looked through for who asked for it.
const EARLIER: u64 = 100;

/// What came of an attempt to judge.
enum Attempt {
    Done,
    /// What was read holds no more.
    Stale,
}

impl Releases {
    /// Judges a promotion and moves it on, if it is on its way.
    pub(super) async fn tend(&self, id: PromotionId) -> Result<(), ReleaseError> {
        for _ in 0..TRIES {
            let Some(standing) = store::promotions::find(self.db.read(), id).await? else { return Ok(()) };
            if !standing.now.state.is_pending() {
                return Ok(());
            }
            if self.clock.now() >= standing.promotion.expires_at {
                return self.expire(standing).await;
            }
            let of = self.move_of(&standing).await?;
            let gathered = match self.gather(&of, None).await {
                Ok(gathered) => gathered,
                // What can't be judged waits, with the reason: nothing is admitted for want of rules.
                Err(error @ (ReleaseError::NoLifecycle | ReleaseError::NotInLifecycle(_))) => {
                    return self.block(standing, code_of(&error)).await;
                }
                Err(error) => return Err(error),
            };
            fail_point!("promotion-evaluated");
            hold_up().await;
            match self.settle(standing, of, gathered).await? {
                Attempt::Done => return Ok(()),
                Attempt::Stale => metrics::counter!("waybill_promotions_judged_anew_total").increment(1),
            }
        }
        Err(ReleaseError::Contended)
    }

    /// What a promotion moves where.
    pub(super) async fn move_of(&self, standing: &PromotionNow) -> Result<Move, ReleaseError> {
        let promotion = &standing.promotion;
        let release = store::releases::by_ids(self.db.read(), &[promotion.release]).await?.pop();
        let environment = store::environments::find_by_id(self.db.read(), promotion.environment).await?;
        let release = release.ok_or(ReleaseError::NoSuch { what: "release" })?;
        Ok(Move {
            requested_by: self.behind(promotion, &release).await?,
            release,
            environment: environment.ok_or(ReleaseError::NoSuch { what: "environment" })?,
            kind: promotion.kind,
            ticket: promotion.ticket.clone(),
            start_at: promotion.start_at,
            promotion: Some(promotion.clone()),
        })
    }

    /// Who stands behind a promotion: who asked for it, or else who asked last for its release to be admitted anywhere, or who
    /// made the release. What goes on by itself would be anybody's to approve otherwise, theirs too.
    async fn behind(
        &self,
        promotion: &Promotion,
        release: &Release,
    ) -> Result<Option<AccountId>, ReleaseError> {
        if promotion.requested_by.is_some() {
            return Ok(promotion.requested_by);
        }
        let filter = store::promotions::Filter {
            release: Some(promotion.release),
            before: Some(promotion.id),
            ..store::promotions::Filter::default()
        };
        let earlier = store::promotions::list(self.db.read(), &filter, EARLIER).await?;
        Ok(earlier.iter().find_map(|earlier| earlier.promotion.requested_by).or(release.created_by))
    }

    /// Moves a promotion on as its gates say, if all that they were asked about holds yet.
    async fn settle(
        &self,
        standing: PromotionNow,
        of: Move,
        gathered: Gathered,
    ) -> Result<Attempt, ReleaseError> {
        let this = self.clone();
        self.db
            .write(async move |tx: &Tx| {
                let promotion = &standing.promotion;
                let epochs = epochs_of(promotion.project, promotion.environment);
                if Projects::epochs_in(tx, &epochs).await? != gathered.epochs {
                    return Ok(Attempt::Stale);
                }
                let held = store::promotions::find(&**tx, promotion.id).await?;
                if held.as_ref().map(|held| &held.now) != Some(&standing.now) {
                    return Ok(Attempt::Stale);
                }
                // Time goes on while one waits for one's turn, so windows and the like are asked now.
                let now = this.clock.now();
                let mut inputs = gathered.inputs_at(now, &of);
                this.recheck_approvers(tx, &gathered.scope, &mut inputs).await?;
                let gates = evaluate(&gathered.lifecycle, &gathered.request, &inputs, now);
                let under_glass = promotion.glass_until.is_some();
                let judgement = if under_glass { judge_under_glass(&gates) } else { judge(&gates) };
                let check = check(promotion.id, &gates, &gathered, now);
                store::checks::keep(&**tx, &check).await?;
                let rules = gathered.rules.clone();
                if matches!(judgement, Judgement::Admit) {
                    let events = admit::admit(tx, &of, &standing, rules, &gates, now).await?;
                    tx.record(&events).await?;
                    return Ok(Attempt::Done);
                }
                let why = judgement.code().to_owned();
                let next = standing.now.state.step(PromotionEvent::Judged(judgement));
                let state = next.map_err(|error| DbError::corrupt("promotion.state", error))?;
                let next = InState { state, why, rules, since: now };
                if is_same(&standing.now, &next) {
                    return Ok(Attempt::Done);
                }
                let event = moved(tx, &Caller::system(), &standing, &next, &gates).await?;
                tx.record(&[event]).await?;
                Ok(Attempt::Done)
            })
            .await
    }

    /// Ends a promotion whose time is over.
    async fn expire(&self, standing: PromotionNow) -> Result<(), ReleaseError> {
        self.leave_by(standing, PromotionEvent::Expire, "expired").await
    }

    /// Holds a promotion that can't be judged.
    async fn block(&self, standing: PromotionNow, code: &'static str) -> Result<(), ReleaseError> {
        let blocked = PromotionEvent::Judged(Judgement::Blocked { why: code.to_owned() });
        self.leave_by(standing, blocked, code).await
    }

    async fn leave_by(
        &self,
        standing: PromotionNow,
        event: PromotionEvent,
        why: &'static str,
    ) -> Result<(), ReleaseError> {
        let clock = self.clock.clone();
        self.db
            .write(async move |tx: &Tx| {
                let held = store::promotions::find(&**tx, standing.promotion.id).await?;
                if held.as_ref() != Some(&standing) {
                    return Ok(());
                }
                let state = standing.now.state.step(event.clone());
                let state = state.map_err(|error| DbError::corrupt("promotion.state", error))?;
                let rules = standing.now.rules.clone();
                let next = InState { state, why: why.to_owned(), rules, since: clock.now() };
                if is_same(&standing.now, &next) {
                    return Ok(());
                }
                let event = moved(tx, &Caller::system(), &standing, &next, &[]).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await
    }
}

/// Where tests hold up whoever judges, until a file is there. A failpoint that slept would keep all of its thread waiting.
async fn hold_up() {
    let Some(file) = held_up_until() else { return };
    while !tokio::fs::try_exists(&file).await.unwrap_or(true) {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

fn held_up_until() -> Option<String> {
    fail_point!("promotion-settling", |file: Option<String>| file);
    None
}

/// Whether nothing is told by going from one to the other.
fn is_same(before: &InState, next: &InState) -> bool {
    (before.state, &before.why, &before.rules) == (next.state, &next.why, &next.rules)
}

/// What came of asking a promotion's gates, to be kept.
pub(super) fn check(
    promotion: PromotionId,
    gates: &[GateResult],
    gathered: &Gathered,
    now: Timestamp,
) -> Check {
    let recheck_at = [next_at(gates), gathered.next_exception(now)].into_iter().flatten().min();
    Check { promotion, gates: gates.to_vec(), epochs: gathered.epochs, at: now, recheck_at }
}

/// Moves a promotion into another state, as part of a change, and makes the event that tells of it.
pub(super) async fn moved(
    tx: &Tx,
    caller: &Caller,
    standing: &PromotionNow,
    next: &InState,
    gates: &[GateResult],
) -> Result<Event, DbError> {
    let PromotionNow { promotion, now: before } = standing;
    let mut fact = next.fact(promotion.id, before.state);
    fact.gates = facts(gates);
    let event = Event::new(caller, next.since, Some(promotion.project), ReleaseFact::PromotionMoved(fact));
    put_into(tx, standing, next, &event).await?;
    Ok(event)
}

/// Closes the state that holds and opens the next, as an event tells it.
pub(super) async fn put_into(
    tx: &Tx,
    standing: &PromotionNow,
    next: &InState,
    event: &Event,
) -> Result<(), DbError> {
    let PromotionNow { promotion, now: before } = standing;
    if !store::states::close(&**tx, promotion.id, before.state, next.since, event.id()).await? {
        return Err(DbError::corrupt("promotion_state: not in the state that was read", promotion.id));
    }
    store::states::open(&**tx, promotion, next, event.id()).await?;
    let labels = [("from", before.state.as_str()), ("to", next.state.as_str())];
    metrics::counter!("waybill_promotions_moved_total", &labels).increment(1);
    Ok(())
}

/// What gates said, as events tell it.
pub(super) fn facts(gates: &[GateResult]) -> Vec<FactGate> {
    let fact = |gate: &GateResult| FactGate {
        gate: gate.gate.clone(),
        mode: gate.mode.as_str().to_owned(),
        outcome: gate.outcome.as_str().to_owned(),
        code: gate.code.clone(),
        input: gate.input_digest.to_string(),
        policy: gate.policy_digest.to_string(),
    };
    gates.iter().map(fact).collect()
}

const fn code_of(error: &ReleaseError) -> &'static str {
    match error {
        ReleaseError::NoLifecycle => "no_lifecycle",
        _ => "not_in_lifecycle",
    }
}

/// A promotion that was just asked for, before anybody judged it.
pub(super) fn first_state(rules: Rules, now: Timestamp) -> InState {
    InState { state: PromotionState::Evaluating, why: "requested".to_owned(), rules, since: now }
}
