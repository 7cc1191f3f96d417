//! Judging again what was admitted on evidence that turned, and saying so: a promotion that does not stand on its evidence any
//! more is reopened. What runs is not stopped by it, but nothing new is begun of it, and nothing is promoted from there.

use super::Releases;
use super::gather::{Gathered, Move};
use super::tend::{check, moved};
use super::upkeep::leave_auto_promotion;
use crate::access::Caller;
use crate::db::Tx;
use crate::ledger::Record as _;
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{GateResult, InState, PromotionKind, PromotionState, REOPENED, evaluate};
use crate::releases::store;
use crate::trust::VerificationChanged;
use crate::types::{PromotionId, Timestamp};

/// The code of a promotion that stands on its evidence again.
const HOLDS_AGAIN: &str = "holds_again";

impl Releases {
    /// Judges again the admissions of all releases that an artifact is a member of, or a part of one, or contains one: the
    /// signature of an index covers what it lists.
    pub(super) async fn reopen(&self, changed: &VerificationChanged) -> Result<(), ReleaseError> {
        let Some(repository) = self.registry.repository_by_id(changed.repository).await? else {
            return Ok(());
        };
        let project = repository.project;
        let mut digests = self.registry.names_above(project, &changed.subject).await?;
        digests.extend(self.registry.names_below(&repository.name, &changed.subject).await?);
        let releases = store::releases::with_digests(self.db.read(), project, &digests).await?;
        for admission in store::admissions::of_releases(self.db.read(), &releases).await? {
            self.judge_again(admission.promotion).await?;
        }
        Ok(())
    }

    /// Judges a promotion again that was admitted: reopens it, or lets it stand again.
    pub(super) async fn judge_again(&self, id: PromotionId) -> Result<(), ReleaseError> {
        let Some(standing) = store::promotions::find(self.db.read(), id).await? else { return Ok(()) };
        let of = self.move_of(&standing).await?;
        let gathered = match self.gather(&of, None).await {
            // No gate asks any more for what it relied on.
            Err(ReleaseError::NoLifecycle | ReleaseError::NotInLifecycle(_)) => return Ok(()),
            gathered => gathered?,
        };
        let clock = self.clock.clone();
        self.db
            .write(async move |tx: &Tx| {
                let held = store::promotions::find(&**tx, standing.promotion.id).await?;
                if held.as_ref() != Some(&standing) || !is_standing(standing.now.state) {
                    return Ok(());
                }
                let now = clock.now();
                let gates = on_its_way(&gathered, &of, now);
                let is_failing = |gate: &&GateResult| gate.kind.is_about_evidence() && gate.holds_back();
                let failing: Vec<GateResult> = gates.iter().filter(is_failing).cloned().collect();
                let was = standing.now.why == REOPENED;
                if was || !failing.is_empty() {
                    // Whoever asks why is shown what the gates say now.
                    store::checks::keep(&**tx, &check(standing.promotion.id, &gates, &gathered, now)).await?;
                }
                let why = match (was, failing.is_empty()) {
                    (false, false) => REOPENED,
                    (true, true) => HOLDS_AGAIN,
                    _ => return Ok(()),
                };
                let (state, rules) = (standing.now.state, gathered.rules.clone());
                let next = InState { state, why: why.to_owned(), rules, since: now };
                let event = moved(tx, &Caller::system(), &standing, &next, &failing).await?;
                // What waits for it elsewhere waits anew.
                Epoch::Project(standing.promotion.project).pass(tx).await?;
                if why == HOLDS_AGAIN && state == PromotionState::Verified {
                    let promotion = &standing.promotion;
                    leave_auto_promotion(tx, promotion.project, promotion.release, now).await?;
                }
                tx.record(&[event]).await?;
                metrics::counter!("waybill_promotions_reopened_total", "why" => why).increment(1);
                Ok(())
            })
            .await
    }
}

/// What all gates say now on the way into an environment, those of the stages before it too: what is verified there counts here
/// as long as it would be let in there. Of those, only the ones about evidence.
fn on_its_way(gathered: &Gathered, of: &Move, now: Timestamp) -> Vec<GateResult> {
    let lifecycle = &gathered.lifecycle;
    let inputs = gathered.inputs_at(now, of);
    let mut gates = evaluate(lifecycle, &gathered.request, &inputs, now);
    for environment in lifecycle.way_into(&of.environment.name, of.kind).into_iter().skip(1) {
        let mut there = of.clone();
        there.environment.name = environment.clone();
        let inputs = gathered.inputs_at(now, &there);
        let mut request = gathered.request.clone();
        (request.environment, request.kind) = (environment.clone(), PromotionKind::Forward);
        let before = evaluate(lifecycle, &request, &inputs, now);
        gates.extend(before.into_iter().filter(|gate| gate.kind.is_about_evidence()).map(|gate| {
            let message = format!("on the way into {environment}: {}", gate.message);
            GateResult { message, ..gate }
        }));
    }
    gates
}

const fn is_standing(state: PromotionState) -> bool {
    use PromotionState as P;
    matches!(state, P::Admitted | P::Deploying | P::Deployed | P::Verified)
}
