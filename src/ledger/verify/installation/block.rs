//! The entries of one tile: their rows, their events, their hashes, and their bundle.

use std::collections::BTreeSet;

use tlog_tiles::Hash;

use super::tile_places::{Found, TilePlaces};
use crate::blobs::Storage;
use crate::db::Db;
use crate::ledger::model::{TileKind, TilePath, leaf_hash};
use crate::ledger::service::digests;
use crate::ledger::store::entries::{self, EntryRow};
use crate::ledger::verify::VerifyError;
use crate::ledger::verify::announced::announced_key;
use crate::ledger::verify::bundle::Entries;

/// Entries that hold.
#[derive(Default)]
pub struct Block {
    /// In their order.
    pub hashes: Vec<Hash>,
    /// Keys that they tell of.
    pub announced: Vec<[u8; 32]>,
    /// How many digests they are found by.
    pub subjects: u64,
    /// The events of the first and the last, by the database's own order.
    pub first_seq: i64,
    /// As `first_seq`.
    pub last_seq: i64,
}

/// Judges the entries of a tile of the lowest level; bundles of the first `published` entries must be in the storage.
pub async fn judge(
    db: &Db,
    storage: &Storage,
    tiles: &TilePlaces,
    path: TilePath,
    published: u64,
) -> Result<Block, VerifyError> {
    let first = path.first_entry();
    let rows = entries::rows(db.read(), first, path.width).await?;
    let told = rows.iter().filter_map(|row| row.leaf.as_deref()).flat_map(digests).collect();
    let subjects = entries::subjects(db.read(), told, first, path.width).await?;
    let tiles = tiles.find(path).await?;
    let bundle = TilePath { kind: TileKind::Entries, ..path };
    let stored = if path.is_full() && path.is_within(published) {
        let missing = || VerifyError::entry(first, format!("{bundle} is missing in the storage"));
        Some(storage.get(&bundle.object()).await?.ok_or_else(missing)?)
    } else {
        None
    };
    let mut stored = stored.map(Entries::of);
    let (mut block, mut rows) = (Block::default(), rows.into_iter());
    for at in 0..path.width {
        let index = first + at;
        let row = rows.next().filter(|row| row.index == index);
        let row =
            row.ok_or_else(|| VerifyError::entry(index, "its row in the table ledger_entry is missing"))?;
        let leaf = judge_entry(&row, &tiles, usize::try_from(at).unwrap_or(usize::MAX))?;
        if at == 0 {
            block.first_seq = row.seq;
        } else if row.seq <= block.last_seq {
            return Err(out_of_order(index, row.seq, block.last_seq));
        }
        block.last_seq = row.seq;
        if let Some(stored) = &mut stored
            && stored.next().as_deref() != Some(leaf)
        {
            let why = format!(
                "{bundle} in the storage holds other bytes than event {} in the table event",
                row.seq
            );
            return Err(VerifyError::entry(index, why));
        }
        let told: BTreeSet<String> = digests(leaf).into_iter().collect();
        block.subjects += told.len() as u64;
        if let Some(missing) = told.into_iter().find(|digest| !subjects.contains(&(index, digest.clone()))) {
            let why = format!("the table ledger_subject does not name {missing} for it, as its event does");
            return Err(VerifyError::entry(index, why));
        }
        block.announced.extend(announced_key(leaf));
        block.hashes.push(row.hash);
    }
    if stored.is_some_and(|stored| !stored.is_at_end()) {
        let why = format!("{bundle} in the storage holds something behind it");
        return Err(VerifyError::entry(first + path.width - 1, why));
    }
    Ok(block)
}

/// Two entries in another order than their events.
pub fn out_of_order(index: u64, seq: i64, before: i64) -> VerifyError {
    VerifyError::entry(index, format!("it is event {seq}, though the entry before it is event {before}"))
}

/// Compares an entry's event with the hashes that are kept of it. Returns the event's bytes.
fn judge_entry<'a>(row: &'a EntryRow, tiles: &[Found], at: usize) -> Result<&'a [u8], VerifyError> {
    let EntryRow { index, seq, hash, leaf } = row;
    let missing = || VerifyError::entry(*index, format!("its event {seq} is missing in the table event"));
    let leaf = leaf.as_deref().ok_or_else(missing)?;
    let made = leaf_hash(leaf);
    for Found { place, hashes } in tiles {
        let told = hashes.get(at);
        if told == Some(&made) {
            continue;
        }
        let told = told.map_or("nothing".to_owned(), ToString::to_string);
        let why = if made == *hash {
            format!("{place} says {told}, the bytes of event {seq} in the table event hash to {made}")
        } else {
            format!("the bytes of event {seq} in the table event hash to {made}, {place} says {told}")
        };
        return Err(VerifyError::entry(*index, why));
    }
    if made == *hash {
        return Ok(leaf);
    }
    let why = format!(
        "the table ledger_entry says {hash}, the bytes of event {seq} in the table event hash to {made}"
    );
    Err(VerifyError::entry(*index, why))
}
