//! Copies events into the storage, in batches, so that the storage can rebuild the database (design, rule 3): the ledger's
//! sequencer asks for it before it publishes them.
//!
//! What an event tells of is there before the event: the inventory that names its blob, and its manifest as an object.
//! What was recorded and is not copied yet is lost with the database.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Guard;
use crate::backup::model::{BATCH, BatchName, EVENTS, EventLine};
use crate::backup::store::positions;
use crate::blobs::{Blobs, Storage, SweepGuard as _};
use crate::db::{Db, DbError, Tx};
use crate::jobs::JobError;
use crate::ledger::{Events, Secure};
use crate::registry::KeepManifests;

/// How often the database is compared with the storage, at most: that lists the storage.
const COMPARE: Duration = Duration::from_secs(2);

/// The copier.
pub struct ExportEvents {
    db: Db,
    events: Events,
    storage: Storage,
    blobs: Blobs,
    manifests: KeepManifests,
    guard: Arc<Guard>,
    compared: Mutex<Option<Instant>>,
}

impl ExportEvents {
    /// From a database into the storage.
    pub fn new(
        db: Db,
        events: Events,
        storage: Storage,
        blobs: Blobs,
        manifests: KeepManifests,
        guard: Arc<Guard>,
    ) -> Self {
        Self { db, events, storage, blobs, manifests, guard, compared: Mutex::default() }
    }

    /// Copies all events up to `end`, behind which nothing can turn up any more, that are not in the storage yet.
    async fn export(&self, end: i64) -> Result<(), JobError> {
        let mut position = positions::exported(self.db.read()).await?;
        if end <= position {
            return Ok(());
        }
        self.compare().await?;
        // The end was read first, so all that the events up to it name is waiting by now, or written already.
        while self.blobs.write_inventory().await? {}
        while self.manifests.keep_some().await? {}
        while position < end {
            position = self.export_batch(position, end).await?;
        }
        Ok(())
    }

    /// A batch beside those of a later time would tell two histories.
    async fn compare(&self) -> Result<(), JobError> {
        let mut compared = self.compared.lock().await;
        if compared.is_some_and(|at| at.elapsed() < COMPARE) {
            return Ok(());
        }
        if !self.guard.may_remove().await.map_err(JobError::Other)? {
            return Err(JobError::Other("the database is older than the storage".to_owned()));
        }
        *compared = Some(Instant::now());
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
impl Secure for ExportEvents {
    async fn secure(&self, end: i64) -> Result<(), String> {
        self.export(end).await.map_err(|error| error.to_string())
    }
}
