//! Job: writes manifests as objects beside their rows, so that the storage can rebuild the database (design, rule 3).
//! The row comes first: it holds the bytes, so nothing is lost, and a refused manifest leaves nothing behind.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::{self, TryStreamExt as _};

use crate::blobs::Blobs;
use crate::db::{Db, Tx};
use crate::jobs::{Done, Handler, Job, JobError};
use crate::registry::store;
use crate::types::ManifestId;

/// How often to look, and how many to write in one go.
const INTERVAL: Duration = Duration::from_secs(2);
const BATCH: u64 = 100;
/// Manifests in memory at once: each may have megabytes, and most of the time goes into waiting for the storage.
const AT_ONCE: usize = 4;

/// The recurring keeper.
pub struct KeepManifests {
    db: Db,
    blobs: Blobs,
}

impl KeepManifests {
    /// From the rows of a database into the storage.
    pub const fn new(db: Db, blobs: Blobs) -> Self {
        Self { db, blobs }
    }

    /// Writes some of the manifests that wait; says whether more may.
    ///
    /// # Errors
    /// When the database or the storage fails; what was written is written again then.
    pub async fn keep_some(&self) -> Result<bool, JobError> {
        let waiting = store::manifests::not_stored(self.db.read(), BATCH).await?;
        let full = waiting.len() as u64 == BATCH;
        let ids: Vec<ManifestId> = waiting.iter().map(|(id, _)| *id).collect();
        let keep = async |(id, digest)| {
            if let Some(bytes) = store::manifests::bytes(self.db.read(), id).await? {
                let kept = self.blobs.keep_manifest(&digest, bytes).await;
                kept.map_err(|error| JobError::Other(error.to_string()))?;
            }
            Ok::<_, JobError>(())
        };
        stream::iter(waiting.into_iter().map(Ok)).try_for_each_concurrent(AT_ONCE, keep).await?;
        if !ids.is_empty() {
            self.db.write(async move |tx: &Tx| store::manifests::mark_stored(&**tx, &ids).await).await?;
        }
        Ok(full)
    }
}

#[async_trait]
impl Handler for KeepManifests {
    fn kind(&self) -> &'static str {
        "registry.keep-manifests"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let more = self.keep_some().await?;
        Ok(Done::Again(if more { Duration::ZERO } else { INTERVAL }))
    }
}
