//! The worker that empties the queue.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep, timeout};
use uuid::Uuid;

use super::model::{AfterFailure, Done, Job, JobError, after_failure, spent};
use super::service::Handler;
use super::store::{self, State};
use crate::db::{Db, DbError, Tx};
use crate::types::{Clock, JobId};

/// How long a job belongs to its worker without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(30);
/// How often the sign is given.
const RENEW: Duration = Duration::from_secs(10);
/// How often an idle worker looks.
const POLL: Duration = Duration::from_millis(500);
/// How often the queue is counted for `/metrics`.
const COUNT: Duration = Duration::from_secs(15);
/// Longest a handler may run before its job counts as failed.
const LONGEST_RUN: Duration = Duration::from_secs(3600);
/// What a dead letter says when no handler lived to say why.
const NEVER_ENDED: &str = "the job was begun too often without ending: it may have ended its process";

/// Takes jobs from the queue, one at a time, until told to stop.
pub struct Worker {
    db: Db,
    clock: Arc<dyn Clock>,
    handlers: Vec<Arc<dyn Handler>>,
}

impl Worker {
    /// A worker for the kinds of these handlers.
    pub const fn new(db: Db, clock: Arc<dyn Clock>, handlers: Vec<Arc<dyn Handler>>) -> Self {
        Self { db, clock, handlers }
    }

    /// Works until `stop` turns true or its sender is gone; a job in hand is finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let (mut planted, mut next_count) = (false, Instant::now());
        while !*stop.borrow() && stop.has_changed().is_ok() {
            // Nothing can be leased from a frozen database, and nothing should be done.
            let busy = !self.db.is_frozen()
                && self.turn(&mut planted, &mut next_count).await.unwrap_or_else(|error| {
                    tracing::error!(%error, "the job queue can't be reached");
                    false
                });
            if !busy {
                // Woken early by a stop; the loop's condition sees it, and whether the sender is gone.
                let _ = timeout(POLL, stop.changed()).await;
            }
        }
    }

    /// One look at the queue; says whether there was something to do.
    async fn turn(&self, planted: &mut bool, next_count: &mut Instant) -> Result<bool, DbError> {
        if !*planted {
            self.plant_recurring().await?;
            *planted = true;
        }
        if Instant::now() >= *next_count {
            self.count().await?;
            *next_count = Instant::now() + COUNT;
        }
        self.work_once().await
    }

    /// Sees to it that every recurring job is in the queue. From there on it is always: it is put back, never dies.
    pub(super) async fn plant_recurring(&self) -> Result<(), DbError> {
        let now = self.clock.now();
        for kind in self.handlers.iter().filter(|handler| handler.recurring()).map(|handler| handler.kind()) {
            self.db
                .write(async move |tx: &Tx| {
                    if store::is_alive(&**tx, kind).await? {
                        return Ok(());
                    }
                    store::enqueue(&**tx, kind, Some(kind), "{}", now).await
                })
                .await?;
        }
        Ok(())
    }

    /// Does the next job that is due; says whether there was one.
    pub(super) async fn work_once(&self) -> Result<bool, DbError> {
        let kinds: Vec<&'static str> = self.handlers.iter().map(|handler| handler.kind()).collect();
        let (now, until) = (self.clock.now(), self.clock.now().after(LEASE));
        let Some(row) = store::next_due(self.db.read(), &kinds, now).await? else {
            return Ok(false);
        };
        let Some(handler) = self.handlers.iter().find(|handler| handler.kind() == row.kind) else {
            return Ok(true);
        };
        let (id, attempts, lease) = (JobId::from(row.id), row.attempts, Uuid::new_v4());
        if spent(attempts, handler.recurring()) {
            tracing::error!(kind = %row.kind, job = %id, attempts, "{NEVER_ENDED}");
            self.db
                .write(async move |tx: &Tx| store::bury(&**tx, id, attempts, now, NEVER_ENDED).await)
                .await?;
            return Ok(true);
        }
        let won = self
            .db
            .write(async move |tx: &Tx| store::lease(&**tx, id, attempts, lease, now, until).await)
            .await?;
        if won {
            let job = Job { id, kind: row.kind, payload: row.payload, attempts: attempts + 1 };
            let outcome = self.perform(handler.as_ref(), &job, lease).await;
            self.settle(&job, lease, handler.recurring(), outcome).await?;
        }
        Ok(true)
    }

    /// Runs a handler, with a limit to its time, as long as the lease is held. One that panics has failed.
    async fn perform(&self, handler: &dyn Handler, job: &Job, lease: Uuid) -> Result<Done, JobError> {
        let failed = |why: &str| Err(JobError::Other(why.to_owned()));
        let run = AssertUnwindSafe(handler.run(job)).catch_unwind();
        tokio::select! {
            outcome = timeout(LONGEST_RUN, run) => match outcome {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => failed("the handler panicked"),
                Err(_) => failed("the job ran for too long"),
            },
            () = self.keep_lease(job.id, lease) => failed("the job's lease was lost"),
        }
    }

    /// Renews the lease; returns only when it is lost.
    async fn keep_lease(&self, id: JobId, lease: Uuid) {
        let mut tick = interval(RENEW);
        tick.tick().await;
        loop {
            tick.tick().await;
            let until = self.clock.now().after(LEASE);
            let renewed =
                self.db.write(async move |tx: &Tx| store::renew(&**tx, id, lease, until).await).await;
            match renewed {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "a job's lease was not renewed");
                    sleep(POLL).await;
                }
            }
        }
    }

    async fn settle(
        &self,
        job: &Job,
        lease: Uuid,
        recurring: bool,
        outcome: Result<Done, JobError>,
    ) -> Result<(), DbError> {
        let (id, now) = (job.id, self.clock.now());
        let result = if outcome.is_ok() { "done" } else { "failed" };
        metrics::counter!("waybill_jobs_total", "kind" => job.kind.clone(), "result" => result).increment(1);
        match outcome {
            Ok(Done::Finished) => {
                self.db.write(async move |tx: &Tx| store::remove(&**tx, id, lease).await).await
            }
            Ok(Done::Again(wait)) => {
                let next = now.after(wait);
                self.db
                    .write(async move |tx: &Tx| store::release(&**tx, id, lease, 0, Some(next), None).await)
                    .await
            }
            Err(error) => {
                tracing::warn!(%error, kind = %job.kind, job = %id, attempts = job.attempts, "a job failed");
                let attempts = job.attempts;
                let next = match after_failure(attempts, recurring) {
                    AfterFailure::Retry(wait) => Some(now.after(wait)),
                    AfterFailure::Dead => None,
                };
                let error = error.to_string();
                self.db
                    .write(async move |tx: &Tx| {
                        store::release(&**tx, id, lease, attempts, next, Some(error.clone())).await
                    })
                    .await
            }
        }
    }

    async fn count(&self) -> Result<(), DbError> {
        let counts = store::counts(self.db.read()).await?;
        for state in State::ALL.map(State::as_str) {
            let count = counts.iter().find(|(counted, _)| counted == state).map_or(0, |(_, count)| *count);
            metrics::gauge!("waybill_jobs", "state" => state).set(count as f64);
        }
        Ok(())
    }
}
