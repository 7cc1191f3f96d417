//! Filling the queue, and the worker that empties it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::{interval, sleep, timeout};
use uuid::Uuid;

use super::model::{AfterFailure, Done, Job, JobError, after_failure};
use super::store;
use crate::db::{Db, DbError, Tx};
use crate::types::{Clock, JobId, Timestamp};

/// How long a job belongs to its worker without a sign of life.
const LEASE: Duration = Duration::from_secs(30);
/// How often the sign is given.
const RENEW: Duration = Duration::from_secs(10);
/// How often an idle worker looks.
const POLL: Duration = Duration::from_millis(500);
/// Longest a handler may run before its job counts as failed.
const LONGEST_RUN: Duration = Duration::from_secs(3600);

/// Does jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind that stands in the queue.
    fn kind(&self) -> &'static str;

    /// Whether the job is always in the queue, doing its work again and again ([`Done::Again`]).
    fn recurring(&self) -> bool {
        false
    }

    /// Does a job; may be run again after a crash half-way.
    ///
    /// # Errors
    /// When it should be tried again later.
    async fn run(&self, job: &Job) -> Result<Done, JobError>;
}

/// The queue.
#[derive(Debug, Clone, Copy, Default)]
pub struct Jobs;

impl Jobs {
    /// Queues a job as part of a change. `key` keeps a second one of the same key out while the first waits.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn enqueue(
        tx: &Tx,
        kind: &str,
        key: Option<&str>,
        payload: &str,
        run_at: Timestamp,
    ) -> Result<(), DbError> {
        store::enqueue(&**tx, kind, key, payload, run_at).await
    }
}

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

    /// Works until `stop` turns true; a job in hand is finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let worked = match self.plant_recurring().await {
                Ok(()) => self.work_once().await,
                Err(error) => Err(error),
            };
            let idle = worked.unwrap_or_else(|error| {
                tracing::error!(%error, "the job queue can't be reached");
                false
            });
            if !idle {
                // Woken early by a stop; an error of the channel means that the server is gone.
                let _ = timeout(POLL, stop.changed()).await;
            }
        }
    }

    /// Sees to it that every recurring job is in the queue.
    async fn plant_recurring(&self) -> Result<(), DbError> {
        let now = self.clock.now();
        for handler in self.handlers.iter().filter(|handler| handler.recurring()) {
            let kind = handler.kind();
            if !store::exists(self.db.read(), kind).await? {
                self.db
                    .write(async move |tx: &Tx| store::enqueue(&**tx, kind, Some(kind), "{}", now).await)
                    .await?;
            }
        }
        Ok(())
    }

    /// Does the next job that is due; says whether there was one.
    async fn work_once(&self) -> Result<bool, DbError> {
        self.count().await?;
        let kinds: Vec<&'static str> = self.handlers.iter().map(|handler| handler.kind()).collect();
        let Some(row) = store::next_due(self.db.read(), &kinds, self.clock.now()).await? else {
            return Ok(false);
        };
        let (id, lease) = (JobId::from(row.id), Uuid::new_v4());
        let (now, until) = (self.clock.now(), self.clock.now().after(LEASE));
        let won = self
            .db
            .write(async move |tx: &Tx| store::lease(&**tx, id, &kinds, lease, now, until).await)
            .await?;
        let handler = self.handlers.iter().find(|handler| handler.kind() == row.kind);
        let (true, Some(handler)) = (won, handler) else { return Ok(true) };
        let job = Job { id, kind: row.kind, payload: row.payload, attempts: row.attempts + 1 };
        let outcome = tokio::select! {
            outcome = timeout(LONGEST_RUN, handler.run(&job)) => outcome
                .unwrap_or_else(|_| Err(JobError::Other("the job ran for too long".to_owned()))),
            () = self.keep_lease(id, lease) => Err(JobError::Other("the job's lease was lost".to_owned())),
        };
        self.settle(&job, lease, handler.recurring(), outcome).await?;
        Ok(true)
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
        for state in ["waiting", "running", "dead"] {
            let count = store::count(self.db.read(), state).await?;
            metrics::gauge!("waybill_jobs", "state" => state).set(count as f64);
        }
        Ok(())
    }
}
