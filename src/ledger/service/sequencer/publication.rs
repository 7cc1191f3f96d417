//! Publishing a head: its full tiles and entry bundles go into the storage, then its checkpoint, then everybody is shown it.
//! What is already there is written again, the same: nothing tells how far a replica came that died.

use bytes::Bytes;
use fail::fail_point;

use super::Sequencer;
use crate::db::Tx;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{TileKind, TilePath};
use crate::ledger::service::standing::CHECKPOINT;
use crate::ledger::store::head::{Head, Published};
use crate::ledger::store::tiles::TileRow;
use crate::ledger::store::{head, tiles};

/// Tiles that are made durable together. Bundles may have 8 MiB each.
const AT_ONCE: u64 = 4;

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
            let full = tiles::full(db.read(), AT_ONCE).await?;
            if full.is_empty() {
                return Ok(());
            }
            let (mut objects, mut stored) = (Vec::new(), Vec::new());
            for row in full {
                stored.push((row.0, row.1));
                objects.extend(self.objects_of(row).await?);
            }
            self.ledger.storage.put_all(objects).await?;
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

    /// What the storage keeps of a full tile: its hashes, and the entries below one of level 0.
    async fn objects_of(&self, (level, index, hashes): TileRow) -> Result<Vec<(String, Bytes)>, LedgerError> {
        let path = TilePath::full(TileKind::Hashes(level), index);
        let mut objects = vec![(path.object(), hashes.into())];
        if level == 0 {
            let path = TilePath::full(TileKind::Entries, index);
            objects.push((path.object(), self.ledger.bundle_of_rows(path).await?));
        }
        Ok(objects)
    }
}
