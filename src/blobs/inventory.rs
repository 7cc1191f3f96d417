//! Job: writes which digest is which object into the storage itself, in batches, so that the storage can rebuild the
//! database (design, rule 3). A batch that is written again after a crash says the same again.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;

use super::service::Blobs;
use super::store;
use crate::db::Tx;
use crate::jobs::{Done, Handler, Job, JobError};

/// How often to look, and how many blobs make a batch.
const INTERVAL: Duration = Duration::from_secs(5);
const BATCH: u64 = 1000;

/// The recurring inventory.
pub struct WriteInventory {
    blobs: Blobs,
}

impl WriteInventory {
    /// Over the installation's blobs.
    pub const fn new(blobs: Blobs) -> Self {
        Self { blobs }
    }
}

#[async_trait]
impl Handler for WriteInventory {
    fn kind(&self) -> &'static str {
        "blobs.inventory"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let rows = store::blobs::not_inventoried(self.blobs.db.read(), BATCH).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(Done::Again(INTERVAL)) };
        let (first, last) = (first.seq, last.seq);
        let lines: String = rows
            .iter()
            .map(|row| {
                let line = json!({
                    "seq": row.seq.to_string(),
                    "digest": row.digest,
                    "size": row.size.to_string(),
                    "object": row.object_id,
                });
                format!("{line}\n")
            })
            .collect();
        let written = self.blobs.storage.put_inventory(first, last, Bytes::from(lines)).await;
        written.map_err(|error| JobError::Other(error.to_string()))?;
        let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        self.blobs.db.write(async move |tx: &Tx| store::blobs::mark_inventoried(&**tx, &seqs).await).await?;
        Ok(Done::Again(if rows.len() as u64 == BATCH { Duration::ZERO } else { INTERVAL }))
    }
}
