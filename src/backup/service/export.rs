//! Job: copies events into the storage, in batches, so that the storage can rebuild the database (design, rule 3).
//!
//! What an event tells of is there before the event: the inventory that names its blob, and its manifest as an object.
//! What was recorded and is not copied yet is lost with the database: the interval bounds how much that is.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::Guard;
use crate::backup::model::{BATCH, BatchName, EVENTS, EventLine};
use crate::backup::store::positions;
use crate::blobs::{Blobs, Storage, SweepGuard as _};
use crate::db::{Db, DbError, Tx};
use crate::jobs::{Done, Handler, Job, JobError};
use crate::ledger::Events;
use crate::registry::KeepManifests;

/// How often to look.
const INTERVAL: Duration = Duration::from_secs(2);

/// The recurring export.
pub struct ExportEvents {
    db: Db,
    events: Events,
    storage: Storage,
    blobs: Blobs,
    manifests: KeepManifests,
    guard: Arc<Guard>,
}

impl ExportEvents {
    /// From a database into the storage.
    pub const fn new(
        db: Db,
        events: Events,
        storage: Storage,
        blobs: Blobs,
        manifests: KeepManifests,
        guard: Arc<Guard>,
    ) -> Self {
        Self { db, events, storage, blobs, manifests, guard }
    }

    /// Copies all events that are not in the storage yet.
    ///
    /// # Errors
    /// When the database or the storage fails; what was not noted as copied is copied again then.
    pub async fn export(&self) -> Result<(), JobError> {
        let mut position = positions::exported(self.db.read()).await?;
        if self.db.is_frozen() || self.events.newest().await? <= position {
            return Ok(());
        }
        // A batch beside those of a later time would tell two histories.
        if !self.guard.may_remove().await.map_err(JobError::Other)? {
            return Ok(());
        }
        let Some(end) = self.events.safe_end().await? else {
            return Err(JobError::Other("a change has been under way for too long".to_owned()));
        };
        // The end was read first, so all that the events up to it name is waiting by now, or written already.
        while self.blobs.write_inventory().await? {}
        while self.manifests.keep_some().await? {}
        while position < end {
            position = self.export_batch(position, end).await?;
        }
        Ok(())
    }

    /// Writes the next batch; returns where it ends.
    async fn export_batch(&self, from: i64, end: i64) -> Result<i64, JobError> {
        // Never longer, gaps included: see `BatchName::before`.
        let to = end.min(from + BATCH);
        let rows = self.events.span(from, to, BATCH.unsigned_abs()).await?;
        // Numbers of changes that were taken back never come to be events; batches join all the same.
        let last = rows.last().map_or(to, |(seq, ..)| *seq);
        let mut lines = Vec::new();
        for (seq, id, leaf) in rows {
            let leaf = String::from_utf8(leaf).map_err(|error| DbError::corrupt("event.leaf", error))?;
            let line = EventLine::new(seq, id, leaf);
            serde_json::to_writer(&mut lines, &line).map_err(|error| JobError::Other(error.to_string()))?;
            lines.push(b'\n');
        }
        if lines.is_empty() {
            lines.push(b'\n');
        }
        let name = format!("{EVENTS}/{}", BatchName::new(from + 1, last).name());
        let written = self.storage.put(&name, Bytes::from(lines)).await;
        written.map_err(|error| JobError::Other(error.to_string()))?;
        self.note(from, last).await
    }

    async fn note(&self, from: i64, to: i64) -> Result<i64, JobError> {
        let noted =
            self.db.write(async move |tx: &Tx| positions::set_exported(&**tx, from, to).await).await?;
        if noted { Ok(to) } else { Err(JobError::Other("another process exports events too".to_owned())) }
    }
}

#[async_trait]
impl Handler for ExportEvents {
    fn kind(&self) -> &'static str {
        "backup.export-events"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        self.export().await?;
        Ok(Done::Again(INTERVAL))
    }
}
