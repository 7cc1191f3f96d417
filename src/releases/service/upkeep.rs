//! Work that releases do beside requests: judging what is on its way, promoting what goes by itself, writing down what came
//! out, and judging again what relied on evidence that turned.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::Releases;
use super::admit::{SummaryOwed, WRITE_SUMMARY};
use super::gather::epochs_of;
use crate::db::{DbError, Tx};
use crate::jobs::{self, Done, Handler, Job, JobError};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::PromotionNow;
use crate::releases::store;
use crate::trust::{VERIFICATION_CHANGED, VerificationChanged};
use crate::types::{ProjectId, PromotionId, ReleaseId, Timestamp};

/// How often it is looked for what may be judged anew.
const TEND_EVERY: Duration = Duration::from_millis(500);
/// How much is looked at in one go.
const PAGE: u64 = 500;
/// How long a key stands for its request.
const KEYS_LAST: Duration = Duration::from_secs(24 * 3600);
/// Counters that are asked for in one go.
const EPOCHS: usize = 60;

const TEND: &str = "releases.tend";
const AUTO_PROMOTE: &str = "releases.auto_promote";

/// A release that may go on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct MayGoOn {
    project: ProjectId,
    release: ReleaseId,
}

/// Leaves a release to the job that promotes what goes by itself, as part of a change.
pub(super) async fn leave_auto_promotion(
    tx: &Tx,
    project: ProjectId,
    release: ReleaseId,
    now: Timestamp,
) -> Result<(), DbError> {
    let payload = serde_json::to_string(&MayGoOn { project, release });
    let payload = payload.map_err(|error| DbError::corrupt("job.payload", error))?;
    jobs::enqueue(tx, AUTO_PROMOTE, Some(&format!("{AUTO_PROMOTE}:{release}")), &payload, now).await
}

fn failed(error: ReleaseError) -> JobError {
    match error {
        ReleaseError::Db(error) => error.into(),
        error => JobError::Other(error.to_string()),
    }
}

fn payload<T: serde::de::DeserializeOwned>(job: &Job) -> Result<T, JobError> {
    serde_json::from_str(&job.payload).map_err(|error| JobError::Other(error.to_string()))
}

impl Releases {
    /// Judges what is on its way and may be judged otherwise by now: something that decides was changed, or its time has come.
    async fn tend_all(&self) -> Result<(), ReleaseError> {
        let mut after = None;
        loop {
            let pending = store::promotions::all_pending(self.db.read(), after, PAGE).await?;
            let Some(last) = pending.last() else { return Ok(()) };
            after = Some(last.promotion.id);
            for id in self.due(&pending).await? {
                if let Err(error) = self.tend(id).await {
                    // The others must not wait for it; it is tried again at the next look.
                    metrics::counter!("waybill_promotions_not_judged_total").increment(1);
                    tracing::warn!(%error, promotion = %id, "a promotion could not be judged");
                }
            }
        }
    }

    /// Judges again what was reopened, where something that decides was changed: its evidence may hold again.
    async fn tend_reopened(&self) -> Result<(), ReleaseError> {
        let mut after = None;
        loop {
            let reopened = store::promotions::all_reopened(self.db.read(), after, PAGE).await?;
            let Some(last) = reopened.last() else { return Ok(()) };
            after = Some(last.promotion.id);
            for id in self.due(&reopened).await? {
                if let Err(error) = self.judge_again(id).await {
                    metrics::counter!("waybill_promotions_not_judged_total").increment(1);
                    tracing::warn!(%error, promotion = %id, "a reopened promotion could not be judged");
                }
            }
        }
    }

    /// Those of them that may be judged otherwise by now.
    async fn due(&self, some: &[PromotionNow]) -> Result<Vec<PromotionId>, ReleaseError> {
        let now = self.clock.now();
        let ids: Vec<PromotionId> = some.iter().map(|standing| standing.promotion.id).collect();
        let checks: HashMap<_, _> = store::checks::of_all(self.db.read(), &ids)
            .await?
            .into_iter()
            .map(|(id, epochs, recheck_at)| (id, (epochs, recheck_at)))
            .collect();
        let mut counters = HashMap::new();
        let mut epochs: Vec<Epoch> = some
            .iter()
            .flat_map(|standing| epochs_of(standing.promotion.project, standing.promotion.environment))
            .collect();
        epochs.sort_unstable();
        epochs.dedup();
        for some in epochs.chunks(EPOCHS) {
            counters.extend(self.projects.counters(some).await?);
        }
        let is_due = |standing: &&PromotionNow| {
            let promotion = &standing.promotion;
            let Some((checked, recheck_at)) = checks.get(&promotion.id) else { return true };
            let sum: i64 = epochs_of(promotion.project, promotion.environment)
                .iter()
                .map(|epoch| counters.get(epoch).copied().unwrap_or(0))
                .sum();
            let is_over = standing.now.state.is_pending() && promotion.expires_at <= now;
            sum != *checked || recheck_at.is_some_and(|at| at <= now) || is_over
        };
        Ok(some.iter().filter(is_due).map(|standing| standing.promotion.id).collect())
    }
}

/// Judges promotions that are on their way or were reopened, again and again; and lifts freezes whose end has come.
pub struct TendPromotions(pub Releases);

#[async_trait]
impl Handler for TendPromotions {
    fn kind(&self) -> &'static str {
        TEND
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let releases = &self.0;
        releases.lift_ended_freezes(PAGE).await.map_err(failed)?;
        releases.tend_all().await.map_err(failed)?;
        releases.tend_reopened().await.map_err(failed)?;
        let before = Timestamp::from_micros(
            releases.clock.now().micros() - i64::try_from(KEYS_LAST.as_micros()).unwrap_or(0),
        );
        let forgetting = async move |tx: &Tx| store::keys::forget(&**tx, before).await;
        releases.db.keep_books(forgetting).await?;
        Ok(Done::Again(TEND_EVERY))
    }
}

/// Asks for the promotions that stages chose to come by themselves.
pub struct AutoPromote(pub Releases);

#[async_trait]
impl Handler for AutoPromote {
    fn kind(&self) -> &'static str {
        AUTO_PROMOTE
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let MayGoOn { project, release } = payload(job)?;
        self.0.go_on(project, release).await.map_err(failed)?;
        Ok(Done::Finished)
    }
}

/// Writes what came of promotions beside their artifacts.
pub struct WriteSummaries(pub Releases);

#[async_trait]
impl Handler for WriteSummaries {
    fn kind(&self) -> &'static str {
        WRITE_SUMMARY
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let SummaryOwed { promotion } = payload(job)?;
        self.0.write_summaries(promotion).await.map_err(failed)?;
        Ok(Done::Finished)
    }
}

/// Judges again what was admitted on evidence that turned.
pub struct ReopenPromotions(pub Releases);

#[async_trait]
impl Handler for ReopenPromotions {
    fn kind(&self) -> &'static str {
        VERIFICATION_CHANGED
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let changed: VerificationChanged = payload(job)?;
        self.0.reopen(&changed).await.map_err(failed)?;
        Ok(Done::Finished)
    }
}
