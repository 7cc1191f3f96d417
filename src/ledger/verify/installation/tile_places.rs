//! Where the tiles of an installation are: rows of the database, objects in the storage, or both for a moment.

use tlog_tiles::{HASH_SIZE, Hash};

use crate::blobs::Storage;
use crate::ledger::model::{TileKind, TilePath, Tiles, WholeTree, hashes_of};
use crate::ledger::store::tiles::TileRow;
use crate::ledger::verify::{VerifyError, compare_tile};

/// The tiles of an installation.
pub struct TilePlaces {
    rows: Tiles,
    storage: Storage,
    published: u64,
}

/// A tile, and the place where it was found.
pub struct Found {
    /// For people.
    pub place: String,
    /// As many as were asked for.
    pub hashes: Vec<Hash>,
}

impl TilePlaces {
    /// Of the rows, and a storage that holds all full ones of the first `published` entries.
    pub fn new(rows: Vec<TileRow>, storage: Storage, published: u64) -> Self {
        let mut tiles = Tiles::default();
        for (level, index, hashes) in rows {
            tiles.add(level, index, hashes);
        }
        Self { rows: tiles, storage, published }
    }

    /// A tile wherever it is; one that may have grown since is cut. There is at least one.
    pub async fn find(&self, path: TilePath) -> Result<Vec<Found>, VerifyError> {
        let TileKind::Hashes(level) = path.kind else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let first = path.first_entry();
        let wanted = usize::try_from(path.width).unwrap_or(0) * HASH_SIZE;
        let cut = |place: String, bytes: &[u8]| match bytes.get(..wanted) {
            Some(bytes) => Ok(Found { place, hashes: hashes_of(bytes).collect() }),
            None => {
                let why = format!("{place} has {} bytes, not {wanted}", bytes.len());
                Err(VerifyError::entry(first, why))
            }
        };
        let row = self.rows.get(level, path.index);
        if let Some(row) = row {
            found.push(cut(format!("the tile {path} in the table ledger_tile"), row)?);
        }
        let full = TilePath::full(path.kind, path.index);
        let stored = path.is_full() && path.is_within(self.published);
        if stored || row.is_none() {
            let Some(bytes) = self.storage.get(&full.object()).await? else {
                let where_ = if stored { "in the storage" } else { "in the table ledger_tile" };
                return Err(VerifyError::entry(first, format!("the tile {path} is missing {where_}")));
            };
            found.push(cut(format!("the tile {full} in the storage"), &bytes)?);
        }
        Ok(found)
    }

    /// Compares a tile, wherever it is, with the tree.
    pub async fn compare(&self, tree: &WholeTree, path: TilePath) -> Result<(), VerifyError> {
        let found = self.find(path).await?;
        found.iter().try_for_each(|found| compare_tile(tree, path, &found.place, &found.hashes))
    }
}
