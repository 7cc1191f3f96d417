//! Copies events into the storage, in batches, so that the storage can rebuild the database (design, rule 3): the ledger's
//! sequencer asks for it before it publishes them.
//!
//! What an event tells of is there before the event: the inventory that names its blob, and its manifest as an object.
//! What was recorded and is not copied yet is lost with the database.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Guard;
use crate::backup::model::{BATCH, BatchName, EVENTS, EventLine};
use crate::backup::store::positions;
use crate::blobs::{BlobError, Blobs, Storage, SweepGuard as _};
use crate::db::{Db, DbError, Tx};
use crate::ledger::{Events, Secure};
use crate::registry::KeepManifests;

/// How often the database is compared with the whole storage, at most: that lists a folder, which grows. The ledger's newest
/// checkpoint is compared before every batch.
const COMPARE: Duration = Duration::from_secs(30);

/// Why events were not copied.
#[derive(Debug, Error)]
enum ExportError {
    #[error("the database is older than the storage")]
    Behind,
    #[error("the database could not be compared with the storage: {0}")]
    Uncompared(String),
    #[error("another replica is copying the same events")]
    Raced,
    #[error(transparent)]
    Storage(#[from] BlobError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The copier.
pub struct ExportEvents {
    db: Db,
    events: Events,
    storage: Storage,
    blobs: Blobs,
    manifests: KeepManifests,
    guard: Arc<Guard>,
    compared: Mutex<Option<Compared>>,
}

/// When the database was compared with the storage last, and how far it had copied its events then or since.
#[derive(Clone, Copy)]
struct Compared {
    at: Instant,
    position: i64,
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
    async fn export(&self, end: i64) -> Result<(), ExportError> {
        let mut position = positions::exported(self.db.read()).await?;
        if end <= position {
            return Ok(());
        }
        self.compare(position).await?;
        // The end was read first, so all that the events up to it name is waiting by now, or written already.
        while self.blobs.write_inventory().await? {}
        while self.manifests.keep_some().await? {}
        while position < end {
            position = self.export_batch(position, end).await?;
        }
        Ok(())
    }

    /// A batch beside those of a later time would tell two histories. A database that has copied less than it had was put
    /// back.
    async fn compare(&self, position: i64) -> Result<(), ExportError> {
        let mut compared = self.compared.lock().await;
        let recently = |compared: Compared| compared.at.elapsed() < COMPARE && position >= compared.position;
        let at = match *compared {
            Some(compared) if recently(compared) => compared.at,
            _ => {
                if !self.guard.may_remove().await.map_err(ExportError::Uncompared)? {
                    return Err(ExportError::Behind);
                }
                Instant::now()
            }
        };
        *compared = Some(Compared { at, position });
        Ok(())
    }

    /// Writes the next batch; returns where it ends.
    async fn export_batch(&self, from: i64, end: i64) -> Result<i64, ExportError> {
        // Never longer, gaps included: see `BatchName::before`.
        let to = end.min(from + BATCH);
        let rows = self.events.span(from, to, BATCH.unsigned_abs()).await?;
        // Numbers of changes that were taken back never come to be events; batches join all the same.
        let last = rows.last().map_or(to, |(seq, ..)| *seq);
        let mut lines = Vec::new();
        for (seq, id, leaf) in rows {
            let leaf = String::from_utf8(leaf).map_err(|error| DbError::corrupt("event.leaf", error))?;
            let line = EventLine::new(seq, id, leaf);
            serde_json::to_writer(&mut lines, &line)
                .map_err(|error| DbError::corrupt("event.leaf", error))?;
            lines.push(b'\n');
        }
        if lines.is_empty() {
            lines.push(b'\n');
        }
        let name = format!("{EVENTS}/{}", BatchName::new(from + 1, last).name());
        self.storage.put(&name, Bytes::from(lines)).await?;
        self.note(from, last).await
    }

    /// Notes how far the storage tells; returns that. A replica of an earlier version may have copied some meanwhile.
    async fn note(&self, from: i64, to: i64) -> Result<i64, ExportError> {
        let noted =
            self.db.keep_books(async move |tx: &Tx| positions::set_exported(&**tx, from, to).await).await?;
        if noted {
            return Ok(to);
        }
        let now = positions::exported(self.db.read()).await?;
        if now > from { Ok(now) } else { Err(ExportError::Raced) }
    }
}

#[async_trait]
impl Secure for ExportEvents {
    async fn secure(&self, end: i64) -> Result<(), String> {
        self.export(end).await.map_err(|error| error.to_string())
    }
}
