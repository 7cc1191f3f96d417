//! Reading the log: its checkpoint, tiles, entry bundles, proofs and receipts.

use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use bytes::Bytes;
use quick_cache::sync::Cache;
use tlog_tiles::{HASH_SIZE, Hash};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, timeout_at};

use crate::blobs::Storage;
use crate::db::Db;
use crate::keys::Keys;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{LedgerSettings, Proof, Receipt, TileKind, TilePath, Tiles, TimeBlocks, WIDTH};
use crate::ledger::store;
use crate::ledger::store::head::{Head, Published};
use crate::types::Clock;

/// Full tiles that are kept in memory, 8 KiB each.
const CACHED: usize = 512;
/// How often those who wait ask the database, where another replica leads.
const LOOK: Duration = Duration::from_millis(50);

/// The log. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    pub(super) db: Db,
    pub(super) storage: Storage,
    pub(super) keys: Keys,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) settings: Arc<LedgerSettings>,
    /// How far it is known to be published.
    pub(super) known: watch::Sender<Known>,
    looked: Arc<Mutex<Instant>>,
    tiles: Arc<Cache<TilePath, Bytes>>,
    /// When its entries happened, as far as somebody asked.
    pub(super) times: Arc<StdMutex<TimeBlocks>>,
}

/// How far the log is known to be published. It may have come further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Known {
    pub size: u64,
    pub last_seq: i64,
}

impl From<&Published> for Known {
    fn from(published: &Published) -> Self {
        Self { size: published.size, last_seq: published.last_seq }
    }
}

impl Ledger {
    /// Over a database and a storage.
    pub fn new(
        db: Db,
        storage: Storage,
        keys: Keys,
        clock: Arc<dyn Clock>,
        settings: Arc<LedgerSettings>,
    ) -> Self {
        let tiles = Arc::new(Cache::new(CACHED));
        let looked = Arc::new(Mutex::new(Instant::now()));
        Self {
            db,
            storage,
            keys,
            clock,
            settings,
            known: watch::Sender::default(),
            looked,
            tiles,
            times: Arc::default(),
        }
    }

    /// How far it has come.
    ///
    /// # Errors
    /// `Unnamed`, or when the database does not answer.
    pub async fn head(&self) -> Result<Head, LedgerError> {
        store::head::find(self.db.read()).await?.ok_or(LedgerError::Unnamed)
    }

    /// The checkpoint that everybody is shown.
    ///
    /// # Errors
    /// `Unnamed`, or when the database does not answer.
    pub async fn published(&self) -> Result<Published, LedgerError> {
        let published = self.head().await?.published;
        self.learn(&published);
        Ok(published)
    }

    /// Tells those who wait.
    pub(super) fn learn(&self, published: &Published) {
        let new = Known::from(published);
        self.known.send_if_modified(|known| {
            let more = new.size > known.size;
            if more {
                *known = new;
            }
            more
        });
    }

    /// Whether the published log has a tile or bundle.
    async fn has(&self, path: TilePath) -> Result<bool, LedgerError> {
        let known = self.known.borrow().size;
        Ok(path.is_within(known) || path.is_within(self.published().await?.size))
    }

    /// A tile's hashes, or a bundle of entries, each behind its length in two bytes (c2sp.org/tlog-tiles); none when
    /// the published log has none such.
    ///
    /// # Errors
    /// `Gone`, or when database or storage do not answer.
    pub async fn tile(&self, path: TilePath) -> Result<Option<Bytes>, LedgerError> {
        if !self.has(path).await? {
            return Ok(None);
        }
        match path.kind {
            TileKind::Hashes(level) => self.hashes(level, path).await.map(Some),
            TileKind::Entries => self.bundle(path).await.map(Some),
        }
    }

    /// A tile of a tree that has it, published or not.
    async fn hashes(&self, level: u8, path: TilePath) -> Result<Bytes, LedgerError> {
        let full = TilePath::full(path.kind, path.index);
        let wanted = usize::try_from(path.width).unwrap_or(0) * HASH_SIZE;
        let cut = |bytes: Bytes| (bytes.len() >= wanted).then(|| bytes.slice(..wanted));
        if let Some(cached) = self.tiles.get(&full) {
            return cut(cached).ok_or(LedgerError::Gone(path));
        }
        if let Some(row) = store::tiles::find(self.db.read(), level, path.index).await? {
            return cut(row.into()).ok_or(LedgerError::Gone(path));
        }
        let stored = self.storage.get(&full.object()).await?.ok_or(LedgerError::Gone(full))?;
        self.tiles.insert(full, stored.clone());
        cut(stored).ok_or(LedgerError::Gone(path))
    }

    async fn bundle(&self, path: TilePath) -> Result<Bytes, LedgerError> {
        if path.is_full()
            && let Some(stored) = self.storage.get(&path.object()).await?
        {
            return Ok(stored);
        }
        self.bundle_of_rows(path).await
    }

    /// A bundle as the database has it.
    pub(super) async fn bundle_of_rows(&self, path: TilePath) -> Result<Bytes, LedgerError> {
        let leaves = store::entries::leaves(self.db.read(), path.index * WIDTH, path.width).await?;
        if leaves.len() as u64 != path.width {
            return Err(LedgerError::Gone(path));
        }
        let mut bundle = Vec::with_capacity(leaves.iter().map(|leaf| leaf.len() + 2).sum());
        for leaf in leaves {
            // At most 32 KiB, as `Record` sees to.
            let length = u16::try_from(leaf.len()).map_err(|_| LedgerError::Gone(path))?;
            bundle.extend(length.to_be_bytes());
            bundle.extend(leaf);
        }
        Ok(bundle.into())
    }

    /// Makes a proof.
    ///
    /// # Errors
    /// `Tree` for what can't be proved; `Gone`; or when database or storage do not answer.
    pub async fn prove(&self, proof: Proof) -> Result<Vec<Hash>, LedgerError> {
        let mut tiles = Tiles::default();
        for path in proof.tiles()? {
            if let TileKind::Hashes(level) = path.kind {
                tiles.add(level, path.index, self.hashes(level, path).await?.to_vec());
            }
        }
        Ok(proof.make(&tiles)?)
    }

    /// The receipt of an entry under the published checkpoint; none when that does not cover it.
    ///
    /// # Errors
    /// As [`Ledger::prove`].
    pub async fn receipt(&self, index: u64) -> Result<Option<Receipt>, LedgerError> {
        let published = self.published().await?;
        if index >= published.size {
            return Ok(None);
        }
        let hashes = self.prove(Proof::Inclusion { index, size: published.size }).await?;
        Ok(Some(Receipt { index, hashes, checkpoint: published.checkpoint.parse()? }))
    }

    /// Waits until the event with this sequence number is published, for `patience` at most. Returns its index; none when
    /// it was not in time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wait_for(&self, seq: i64, patience: Duration) -> Result<Option<u64>, LedgerError> {
        let (mut known, end) = (self.known.subscribe(), Instant::now() + patience);
        while known.borrow_and_update().last_seq < seq {
            if Instant::now() >= end {
                return Ok(None);
            }
            let next_look = end.min(Instant::now() + LOOK);
            if timeout_at(next_look, known.changed()).await.is_err() {
                self.look().await?;
            }
        }
        Ok(store::entries::index_of(self.db.read(), seq).await?)
    }

    /// Asks the database how far it is published, unless somebody did just now.
    async fn look(&self) -> Result<(), LedgerError> {
        let Ok(mut looked) = self.looked.try_lock() else { return Ok(()) };
        if looked.elapsed() >= LOOK / 2 {
            self.published().await?;
            *looked = Instant::now();
        }
        Ok(())
    }
}
