//! Judging again what was admitted on evidence that turned, and saying so: a promotion that does not stand on its evidence any
//! more is reopened. What runs is not stopped by it, but nothing new is begun of it, and nothing is promoted from there.

use super::Releases;
use super::tend::moved;
use crate::access::Caller;
use crate::db::Tx;
use crate::ledger::Record as _;
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{Admission, GateResult, InState, PromotionState, REOPENED, evaluate};
use crate::releases::store;
use crate::trust::VerificationChanged;

/// The code of a promotion that stands on its evidence again.
const HOLDS_AGAIN: &str = "holds_again";

impl Releases {
    /// Judges again the admissions of all releases that an artifact is a member of.
    pub(super) async fn reopen(&self, changed: &VerificationChanged) -> Result<(), ReleaseError> {
        let Some(repository) = self.registry.repository_by_id(changed.repository).await? else {
            return Ok(());
        };
        let project = repository.project;
        let digests = self.registry.names_above(project, &changed.subject).await?;
        let releases = store::releases::with_digests(self.db.read(), project, &digests).await?;
        for admission in store::admissions::of_releases(self.db.read(), &releases).await? {
            self.judge_again(&admission).await?;
        }
        Ok(())
    }

    async fn judge_again(&self, admission: &Admission) -> Result<(), ReleaseError> {
        let Some(standing) = store::promotions::find(self.db.read(), admission.promotion).await? else {
            return Ok(());
        };
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
                let inputs = gathered.inputs_at(now, &of);
                let gates = evaluate(&gathered.lifecycle, &gathered.request, &inputs, now);
                let failing: Vec<GateResult> = gates
                    .into_iter()
                    .filter(|gate| gate.kind.is_about_evidence() && gate.holds_back())
                    .collect();
                let was = standing.now.why == REOPENED;
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
                tx.record(&[event]).await?;
                metrics::counter!("waybill_promotions_reopened_total", "why" => why).increment(1);
                Ok(())
            })
            .await
    }
}

const fn is_standing(state: PromotionState) -> bool {
    use PromotionState as P;
    matches!(state, P::Admitted | P::Deploying | P::Deployed | P::Verified)
}
