//! Bringing the log back after its database was restored: up to the checkpoint that was published last, and no other.

use super::append::{Batch, MAX};
use super::signing::stored_keys;
use super::standing::stored_note;
use crate::blobs::Storage;
use crate::db::{Db, DbError, Tx};
use crate::keys::Keys;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{Checkpoint, LogOrigin, TileKind, TilePath};
use crate::ledger::store::head::{Head, Published};
use crate::ledger::store::{entries, head, tiles};
use crate::types::Timestamp;

/// Makes entries again of all events that the newest checkpoint in the storage covers, in their order, and puts the log's
/// keys back. All events that it covers must be in the database. Resumable.
///
/// # Errors
/// `Forked` when they don't make the tree that was published; or when database or storage do not answer.
pub async fn rebuild(db: &Db, storage: &Storage, now: Timestamp) -> Result<(), LedgerError> {
    let keys = stored_keys(storage).await?;
    db.write(async move |tx: &Tx| Keys::put_back(tx, keys.clone()).await).await?;
    let Some(note) = stored_note(storage).await? else { return Ok(()) };
    let (target, note) = (Checkpoint::parse(note.text())?, note.to_string());
    let mut head = named(db, &target.origin).await?;
    while head.size < target.size {
        let left = MAX.min(target.size - head.size);
        let events = entries::waiting(db.read(), head.last_seq, i64::MAX, left).await?;
        let batch = Batch::derive(db, &head, events).await?;
        let batch = batch.ok_or(LedgerError::RolledBack { head: head.size, published: target.size })?;
        if batch.checkpoint().size == target.size && batch.checkpoint().root != target.root {
            return Err(LedgerError::Forked { size: target.size });
        }
        head = batch.commit(db, note.clone()).await?;
        forget_stored(db, storage).await?;
    }
    if head.size > target.size || head.published.size == target.size {
        return Ok(());
    }
    if head.root != target.root || head.origin != target.origin {
        return Err(LedgerError::Forked { size: target.size });
    }
    let published = Published { size: head.size, last_seq: head.last_seq, checkpoint: note, at: now };
    db.write(async move |tx: &Tx| head::publish(&**tx, &published, true).await).await?;
    Ok(())
}

/// Forgets the full tiles that the storage holds as they were made again.
async fn forget_stored(db: &Db, storage: &Storage) -> Result<(), LedgerError> {
    let mut stored = Vec::new();
    for (level, index, hashes) in tiles::full(db.read(), MAX).await? {
        let object = TilePath::full(TileKind::Hashes(level), index).object();
        if storage.get(&object).await?.is_some_and(|held| held == hashes) {
            stored.push((level, index));
        }
    }
    Ok(db.write(async move |tx: &Tx| tiles::forget(&**tx, &stored).await).await?)
}

/// The head of a log that has this name from now on, if it had none.
async fn named(db: &Db, origin: &LogOrigin) -> Result<Head, LedgerError> {
    let origin = origin.clone();
    db.write(async move |tx: &Tx| {
        head::create(&**tx, &origin).await?;
        head::find(&**tx).await?.ok_or_else(|| DbError::corrupt("ledger_head", "it is gone"))
    })
    .await
    .map_err(LedgerError::from)
}
