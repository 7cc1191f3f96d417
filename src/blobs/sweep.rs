//! Job: ends sessions that have expired, and removes the bytes that nothing refers to. Follows rows, never a listing
//! of the storage.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::service::Blobs;
use super::store;
use super::uploads::LATE;
use crate::db::Tx;
use crate::jobs::{Done, Handler, Job, JobError};

/// How often to look, unless sessions expire sooner, and how much to take on in one go.
const INTERVAL: Duration = Duration::from_secs(30);
const BATCH: u64 = 200;

/// Asked before bytes are removed. Answered by the room that compares the database with the storage.
#[async_trait]
pub trait SweepGuard: Send + Sync {
    /// Whether the database knows all that the storage tells of: else what it calls superfluous may be in use.
    ///
    /// # Errors
    /// The cause, when that can't be found out; nothing is removed then.
    async fn may_remove(&self) -> Result<bool, String>;
}

/// The recurring sweep.
pub struct SweepUploads {
    blobs: Blobs,
    guard: Arc<dyn SweepGuard>,
}

impl SweepUploads {
    /// Over the installation's blobs, as far as `guard` lets it.
    pub fn new(blobs: Blobs, guard: Arc<dyn SweepGuard>) -> Self {
        Self { blobs, guard }
    }

    async fn end_expired(&self) -> Result<usize, JobError> {
        let (db, now) = (&self.blobs.db, self.blobs.clock.now());
        let expired = store::uploads::expired(db.read(), now, BATCH).await?;
        let count = expired.len();
        for (id, received) in expired {
            let late = now.after(LATE);
            db.write(async move |tx: &Tx| store::uploads::abandon(&**tx, id, received, late).await).await?;
        }
        metrics::counter!("waybill_uploads_expired_total").increment(count as u64);
        Ok(count)
    }

    /// Goes through all of them: what can't be removed stays, is logged, and does not stand in the others' way.
    async fn remove_doomed(&self) -> Result<(), JobError> {
        let mut last = None;
        loop {
            let now = self.blobs.clock.now();
            let doomed = store::objects::doomed(self.blobs.db.read(), now, last, BATCH).await?;
            let Some(end) = doomed.last() else { return Ok(()) };
            last = Some(*end);
            for (_, key) in doomed {
                self.blobs.discard(key).await;
            }
        }
    }
}

#[async_trait]
impl Handler for SweepUploads {
    fn kind(&self) -> &'static str {
        "blobs.sweep"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        if !self.guard.may_remove().await.map_err(JobError::Other)? {
            return Ok(Done::Again(INTERVAL));
        }
        let ended = self.end_expired().await?;
        self.remove_doomed().await?;
        Ok(Done::Again(if ended == 0 { INTERVAL.min(self.blobs.upload_expiry) } else { Duration::ZERO }))
    }
}
