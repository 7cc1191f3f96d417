//! What became of an admitted release, as the tool that deploys it reports.

use super::tend::put_into;
use super::upkeep::leave_auto_promotion;
use super::{Releases, Shown, place};
use crate::access::{Caller, Permission};
use crate::db::Tx;
use crate::ledger::{Event, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    InState, LONGEST_LINK, PromotionEvent, PromotionNow, PromotionState, REOPENED, Report, check_text,
};
use crate::releases::store;
use crate::types::PromotionId;

impl Releases {
    /// Moves a promotion on as a deployer reports. What was reported before changes nothing.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, `Field`, `State` when that can't follow, or `Db`.
    pub async fn report(
        &self,
        caller: &Caller,
        id: PromotionId,
        report: Report,
        evidence: Option<String>,
    ) -> Result<Shown, ReleaseError> {
        if let Some(evidence) = &evidence {
            check_text("evidence", evidence, LONGEST_LINK)?;
        }
        let (standing, project) = self.standing(id).await?;
        let of = self.move_of(&standing).await?;
        let scope = place(&of.environment.name, &project);
        self.check(caller, Permission::DeploymentReport, &scope).await?;
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::DeploymentReport, &scope).await?;
                let held = store::promotions::find(&**tx, id).await?;
                let standing = held.ok_or(ReleaseError::NoSuch { what: "promotion" })?;
                let before = standing.now.state;
                let state = before.step(PromotionEvent::Report(report)).map_err(|_| ReleaseError::State {
                    state: before,
                    why: "only what was admitted is reported on, and only forwards: deploying, deployed, verified; or failed",
                })?;
                if state == before {
                    return Ok::<_, ReleaseError>(());
                }
                let event = this.reported(tx, &caller, &of, &standing, state, evidence.as_deref()).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await?;
        self.shown(id).await
    }

    async fn reported(
        &self,
        tx: &Tx,
        caller: &Caller,
        of: &super::gather::Move,
        standing: &PromotionNow,
        state: PromotionState,
        evidence: Option<&str>,
    ) -> Result<Event, ReleaseError> {
        let (promotion, now) = (&standing.promotion, self.clock.now());
        // What was reopened stays so, wherever its roll-out is.
        let why = if standing.now.why == REOPENED { REOPENED } else { "reported" };
        let (why, rules) = (why.to_owned(), standing.now.rules.clone());
        let next = InState { state, why, rules, since: now };
        let mut fact = next.fact(promotion.id, standing.now.state);
        fact.evidence = evidence.map(str::to_owned);
        let mut draining = Vec::new();
        let drain = u64::try_from(of.environment.settings.drain_seconds).unwrap_or(0);
        let until = now.after(std::time::Duration::from_secs(drain));
        if state == PromotionState::Verified {
            // The new one runs: those before it need not be pulled for much longer.
            let (project, environment) = (promotion.project, promotion.environment);
            draining = store::admissions::draining(&**tx, project, environment, &promotion.line).await?;
            fact.draining = draining.iter().map(ToString::to_string).collect();
            fact.drains_until_us = (!draining.is_empty()).then(|| until.micros());
        }
        let event = Event::new(caller, now, Some(promotion.project), ReleaseFact::PromotionMoved(fact));
        let event = of.release.subjects().fold(event, Event::about);
        put_into(tx, standing, &next, &event).await?;
        store::admissions::set_drained(&**tx, &draining, until).await?;
        // Other environments wait for what is verified here.
        Epoch::Project(promotion.project).pass(tx).await?;
        if state == PromotionState::Verified {
            leave_auto_promotion(tx, promotion.project, promotion.release, now).await?;
        }
        Ok(event)
    }
}
