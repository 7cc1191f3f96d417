//! Publishing a head: its full tiles and entry bundles go into the storage, then its checkpoint, then everybody is shown it.
//! What is already there is written again, the same: nothing tells how far a replica came that died.

use bytes::Bytes;
use fail::fail_point;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::Sequencer;
use crate::db::Tx;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{TileKind, TilePath};
use crate::ledger::service::standing::CHECKPOINT;
use crate::ledger::store::head::{Head, Published};
use crate::ledger::store::tiles::TileRow;
use crate::ledger::store::{head, tiles};

/// Objects on their way at once.
const AT_ONCE: usize = 4;
/// Tiles whose rows go at once.
const CHUNK: u64 = 64;

impl Sequencer {
    /// Publishes a head unless it is published already.
    pub(super) async fn complete(&mut self, new: Head) -> Result<Head, LedgerError> {
        self.ledger.store_keys(&mut self.stored_keys, new.last_seq).await?;
        if new.size == new.published.size {
            return Ok(new);
        }
        self.store_tiles().await?;
        fail_point!("ledger-tiles-stored");
        self.ledger.storage.put(CHECKPOINT, Bytes::from(new.checkpoint.clone())).await?;
        fail_point!("ledger-checkpoint-stored");
        let published = Published {
            size: new.size,
            last_seq: new.last_seq,
            checkpoint: new.checkpoint.clone(),
            at: self.ledger.clock.now(),
        };
        let shown = published.clone();
        let change = async move |tx: &Tx| head::publish(&**tx, &published, true).await;
        if !self.ledger.db.keep_books(change).await? {
            return Err(LedgerError::Superseded);
        }
        fail_point!("ledger-published");
        self.ledger.learn(&shown);
        metrics::gauge!("waybill_ledger_size").set(shown.size as f64);
        Ok(Head { published: shown, ..new })
    }

    /// Writes all tiles that are full, with the bundles of their entries; then their rows may go.
    async fn store_tiles(&self) -> Result<(), LedgerError> {
        let db = &self.ledger.db;
        loop {
            let full = tiles::full(db.read(), CHUNK).await?;
            let writes = stream::iter(full.into_iter().map(|row| self.store_tile(row)));
            let stored: Vec<_> = writes.buffer_unordered(AT_ONCE).try_collect().await?;
            if stored.is_empty() {
                return Ok(());
            }
            db.keep_books(async move |tx: &Tx| tiles::forget(&**tx, &stored).await).await?;
        }
    }

    /// Puts the checkpoint into the storage again if an older one is there: a leader that was about to write it when it
    /// lost the lead may have come late.
    pub(super) async fn heal(&self, head: &Head) -> Result<(), LedgerError> {
        let Some(stored) = self.ledger.stored_checkpoint().await? else { return Ok(()) };
        if stored.size < head.published.size {
            let newest = Bytes::from(head.published.checkpoint.clone());
            self.ledger.storage.put(CHECKPOINT, newest).await?;
        }
        Ok(())
    }

    async fn store_tile(&self, (level, index, hashes): TileRow) -> Result<(u8, u64), LedgerError> {
        let storage = &self.ledger.storage;
        if level == 0 {
            let path = TilePath::full(TileKind::Entries, index);
            storage.put(&path.object(), self.ledger.bundle_of_rows(path).await?).await?;
        }
        let path = TilePath::full(TileKind::Hashes(level), index);
        storage.put(&path.object(), hashes.into()).await?;
        Ok((level, index))
    }
}
