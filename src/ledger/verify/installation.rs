//! The log in an installation's own database and storage: each says what the other must hold.

mod block;
mod head;
mod tile_places;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::{Leaves, Log, Progress, Shown, VerifyError};
use crate::blobs::Storage;
use crate::db::Db;
use crate::ledger::model::{Checkpoint, CheckpointError, TileKind, VerifierKey, WholeTree, tiles_of_level};
use crate::ledger::service::Ledger;
use crate::ledger::store;
use crate::ledger::store::head::Head;
use head::{Stored, check_head, stored_checkpoint};
use tile_places::TilePlaces;

/// Blocks of entries that are read at once.
const AT_ONCE: usize = 8;

/// The log of an installation. A server may be running.
pub struct Installation {
    db: Db,
    storage: Storage,
    ledger: Ledger,
    begun: Option<Begun>,
}

/// What was there at the beginning.
struct Begun {
    head: Head,
    stored: Option<Stored>,
    tiles: TilePlaces,
}

impl Installation {
    /// Over a database and a storage, of which this is the log.
    pub const fn new(db: Db, storage: Storage, ledger: Ledger) -> Self {
        Self { db, storage, ledger, begun: None }
    }

    fn begun(&self) -> Result<&Begun, VerifyError> {
        self.begun.as_ref().ok_or_else(|| VerifyError::Head("it was not read".to_owned()))
    }
}

#[async_trait]
impl Log for Installation {
    async fn shown(&mut self) -> Result<Shown, VerifyError> {
        // The storage first: what is published meanwhile is then in both.
        let stored = stored_checkpoint(&self.storage).await?;
        let head = self.ledger.head().await?;
        if let Some(stored) = stored.as_ref().filter(|stored| stored.checkpoint.size > head.size) {
            return Err(VerifyError::Head(format!(
                "it was rolled back: the table ledger_head has {} entries, the object {} in the storage was published \
                 with {}",
                head.size,
                Stored::OBJECT,
                stored.checkpoint.size
            )));
        }
        if head.published.checkpoint.is_empty() {
            return Err(VerifyError::Head(
                "no checkpoint was published yet: start the server first".to_owned(),
            ));
        }
        let checkpoint = head.published.checkpoint.parse();
        let checkpoint = checkpoint.map_err(|error| VerifyError::Checkpoint {
            what: "published_checkpoint in the table ledger_head".to_owned(),
            cause: CheckpointError::Note(error),
        })?;
        let keys = self.ledger.key_history().await?.into_iter().map(|key| key.verifier).collect();
        let tiles = TilePlaces::new(
            store::tiles::all(self.db.read()).await?,
            self.storage.clone(),
            head.published.size,
        );
        self.begun = Some(Begun { head, stored, tiles });
        Ok(Shown { checkpoint, keys })
    }

    /// Reads all entries of the head, which may be some more than were published.
    async fn leaves(
        &mut self,
        checkpoint: &Checkpoint,
        progress: Progress<'_>,
    ) -> Result<Leaves, VerifyError> {
        let Begun { head, tiles, .. } = self.begun()?;
        if checkpoint.size != head.published.size || checkpoint.size > head.size {
            return Err(VerifyError::Head(format!(
                "the table ledger_head has {} entries, of which {} are published, its published checkpoint has {}",
                head.size, head.published.size, checkpoint.size
            )));
        }
        let mut all = Leaves { recomputed: true, ..Leaves::default() };
        let paths = stream::iter(tiles_of_level(TileKind::Hashes(0), head.size));
        let blocks = paths.map(|path| block::judge(&self.db, &self.storage, tiles, path, checkpoint.size));
        let mut blocks = blocks.buffered(AT_ONCE);
        let (mut last_seq, mut subjects) = (i64::MIN, 0);
        while let Some(block) = blocks.try_next().await? {
            let first = all.hashes.len() as u64;
            if block.first_seq <= last_seq {
                return Err(block::out_of_order(first, block.first_seq, last_seq));
            }
            last_seq = block.last_seq;
            subjects += block.subjects;
            all.hashes.extend(block.hashes);
            all.announced.extend(block.announced);
            progress(all.hashes.len() as u64, head.size);
        }
        if last_seq != head.last_seq {
            return Err(VerifyError::Head(format!(
                "the table ledger_head ends with event {}, the last entry is event {last_seq}",
                head.last_seq
            )));
        }
        // None is missing, so what is beyond them was added.
        let named = store::entries::count_subjects(self.db.read(), head.size).await?;
        if named != subjects {
            let why = format!(
                "the table ledger_subject names {named} digests for the entries, their events {subjects}"
            );
            return Err(VerifyError::Head(why));
        }
        // One that the sequencer has passed never becomes an entry.
        if let Some(seq) = store::entries::first_passed_over(self.db.read(), last_seq).await? {
            let why = format!(
                "event {seq} in the table event is no entry, though the ledger has come to {last_seq}"
            );
            return Err(VerifyError::Head(why));
        }
        Ok(all)
    }

    async fn compare(
        &mut self,
        tree: &WholeTree,
        _: &Checkpoint,
        keys: &[VerifierKey],
    ) -> Result<(), VerifyError> {
        let Begun { head, stored, tiles } = self.begun()?;
        for level in 1.. {
            let mut paths = tiles_of_level(TileKind::Hashes(level), head.size).peekable();
            if paths.peek().is_none() {
                break;
            }
            let compared = stream::iter(paths).map(|path| tiles.compare(tree, path)).buffered(AT_ONCE);
            compared.try_collect::<()>().await?;
        }
        check_head(head, stored.as_ref(), tree, keys)
    }
}
