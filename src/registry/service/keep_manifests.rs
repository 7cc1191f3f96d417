//! Writes manifests as objects beside their rows, so that the storage can rebuild the database (design, rule 3).
//! The row comes first: it holds the bytes, so nothing is lost, and a refused manifest leaves nothing behind.

use crate::blobs::{BlobError, Blobs};
use crate::db::{Db, Tx};
use crate::registry::store;
use crate::types::ManifestId;

/// How many to write in one go.
const BATCH: u64 = 1000;
/// Most bytes of them in memory at once, unless a single one has more.
const BATCH_BYTES: u64 = 8 << 20;

/// The keeper.
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
    pub async fn keep_some(&self) -> Result<bool, BlobError> {
        let waiting = store::manifests::not_stored(self.db.read(), BATCH).await?;
        let (mut ids, mut bytes): (Vec<ManifestId>, u64) = (Vec::new(), 0);
        for (id, size) in &waiting {
            // At least one, however large it is.
            if !ids.is_empty() && bytes + size > BATCH_BYTES {
                break;
            }
            ids.push(*id);
            bytes += size;
        }
        let more = ids.len() < waiting.len() || waiting.len() as u64 == BATCH;
        if !ids.is_empty() {
            let manifests = store::manifests::contents(self.db.read(), &ids).await?;
            self.blobs.keep_manifests(manifests).await?;
            self.db.keep_books(async move |tx: &Tx| store::manifests::mark_stored(&**tx, &ids).await).await?;
        }
        Ok(more)
    }
}
