//! A log behind a URL, read as any tlog client reads it (c2sp.org/tlog-tiles).

mod fetch;

use async_trait::async_trait;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tlog_tiles::{HASH_SIZE, Hash};

use super::announced::announced_key;
use super::bundle::Entries;
use super::{Leaves, Log, Progress, Shown, VerifyError, compare_tile};
use crate::ledger::model::{
    Checkpoint, TileKind, TilePath, VerifierKey, WIDTH, WholeTree, hashes_of, leaf_hash, tiles_of_level,
};
pub use fetch::Access;
use fetch::Fetch;

/// Tiles and bundles that are asked for at once.
const AT_ONCE: usize = 8;
/// Largest answers, in bytes: a checkpoint with many signatures; a bundle of the longest entries.
const SMALL: usize = 64 << 10;
const BUNDLE: usize = 256 * (2 + 65_535);

/// A log behind a URL.
pub struct Site {
    fetch: Fetch,
}

impl Site {
    /// At `url`, to which `/ledger/…` is added. Entries are read only with access; without, only hashes.
    ///
    /// # Errors
    /// `Site` for a URL that nothing is asked of, or that no secret is sent to.
    pub fn new(url: &str, access: Option<Access>) -> Result<Self, VerifyError> {
        Ok(Self { fetch: Fetch::new(url, access)? })
    }

    async fn text(&self, path: &str) -> Result<String, VerifyError> {
        let bytes = self.fetch.get(path, SMALL).await?;
        String::from_utf8(bytes.into()).map_err(|_| self.fetch.failed(path, "it is no text"))
    }

    /// The hashes of a tile.
    async fn tile(&self, path: TilePath) -> Result<Vec<Hash>, VerifyError> {
        let wanted = usize::try_from(path.width).unwrap_or(0) * HASH_SIZE;
        let bytes = self.fetch.get(&path.to_string(), wanted).await?;
        if bytes.len() != wanted {
            let why = format!("it has {} bytes, not {wanted}", bytes.len());
            return Err(self.fetch.failed(&path.to_string(), &why));
        }
        Ok(hashes_of(&bytes).collect())
    }

    /// The hashes of a tile's entries: made of their bytes where these may be read.
    async fn leaves_of(&self, path: TilePath) -> Result<Leaves, VerifyError> {
        let hashes = self.tile(path).await?;
        if !self.fetch.has_access() {
            return Ok(Leaves { hashes, ..Leaves::default() });
        }
        let bundle = TilePath { kind: TileKind::Entries, ..path };
        let bytes = self.fetch.get(&bundle.to_string(), BUNDLE).await?;
        let mut announced = Vec::new();
        let mut entries = Entries::of(bytes);
        for (index, told) in (path.index * WIDTH..).zip(&hashes) {
            let entry = entries.next();
            let entry = entry
                .ok_or_else(|| VerifyError::entry(index, format!("{bundle} does not hold the entry")))?;
            let made = leaf_hash(&entry);
            if made != *told {
                let why = format!("the entry in {bundle} hashes to {made}, {path} says {told}");
                return Err(VerifyError::entry(index, why));
            }
            announced.extend(announced_key(&entry));
        }
        if !entries.is_at_end() {
            return Err(self.fetch.failed(&bundle.to_string(), "there is something behind its entries"));
        }
        Ok(Leaves { hashes, recomputed: true, announced })
    }
}

#[async_trait]
impl Log for Site {
    async fn shown(&mut self) -> Result<Shown, VerifyError> {
        let checkpoint = self.text("checkpoint").await?;
        let checkpoint =
            checkpoint.parse().map_err(|error| self.fetch.failed("checkpoint", &format!("{error}")))?;
        let keys = self.text("key").await?;
        let keys = keys.lines().map(|key| key.parse()).collect::<Result<_, _>>();
        Ok(Shown { checkpoint, keys: keys.map_err(|error| self.fetch.failed("key", &format!("{error}")))? })
    }

    async fn leaves(
        &mut self,
        checkpoint: &Checkpoint,
        progress: Progress<'_>,
    ) -> Result<Leaves, VerifyError> {
        let mut all = Leaves { recomputed: self.fetch.has_access(), ..Leaves::default() };
        let tiles = stream::iter(tiles_of_level(TileKind::Hashes(0), checkpoint.size));
        let mut found = tiles.map(|path| self.leaves_of(path)).buffered(AT_ONCE);
        while let Some(leaves) = found.try_next().await? {
            all.hashes.extend(leaves.hashes);
            all.announced.extend(leaves.announced);
            progress(all.hashes.len() as u64, checkpoint.size);
        }
        Ok(all)
    }

    /// The tiles above the lowest.
    async fn compare(
        &mut self,
        tree: &WholeTree,
        checkpoint: &Checkpoint,
        _: &[VerifierKey],
    ) -> Result<(), VerifyError> {
        let levels = (1..).map(TileKind::Hashes);
        let levels = levels.map(|kind| tiles_of_level(kind, checkpoint.size).collect::<Vec<_>>());
        let paths = levels.take_while(|paths| !paths.is_empty()).flatten();
        let tiles = stream::iter(paths).map(async |path| Ok((path, self.tile(path).await?)));
        tiles
            .buffered(AT_ONCE)
            .try_for_each(async |(path, told)| compare_tile(tree, path, &path.to_string(), &told))
            .await
    }
}
