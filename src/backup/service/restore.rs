//! Bringing a database back: from a backup, from the storage, or from an old copy of itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backup::error::BackupError;
use crate::backup::file::{Item, Reader};
use crate::backup::model::RestoreReport;
use crate::backup::store::{locked_out, positions, tables};
use crate::blobs::{Blobs, Storage};
use crate::db::{Db, DbError, Tx};
use crate::ledger::{self, Events};
use crate::types::Clock;

/// Most rows, and roughly most bytes of them, that are added in one statement.
const ROWS: usize = 500;
const BYTES: usize = 8 << 20;
/// What a restore without a backup notes as its source.
const STORAGE: &str = "storage";

/// What to restore from. The storage is replayed each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreFrom {
    /// A backup, into an empty database.
    File(PathBuf),
    /// The storage alone, into an empty database.
    Storage,
    /// The storage, into a database that holds the beginning.
    Beyond,
}

/// Restores a database that nobody else uses.
pub struct Restore {
    pub(super) db: Db,
    clock: Arc<dyn Clock>,
    pub(super) storage: Storage,
    pub(super) events: Events,
}

impl Restore {
    /// Of a database that has been migrated, from a storage.
    pub fn new(db: Db, clock: Arc<dyn Clock>, storage: Storage) -> Self {
        let events = Events::new(db.clone());
        Self { db, clock, storage, events }
    }

    /// Restores. When it is cut off, the same again goes on where it was; nothing is served from the database until it
    /// has ended.
    ///
    /// # Errors
    /// Says what is in the way; what was done stands, and the same again goes on from there.
    pub async fn run(&self, from: &RestoreFrom) -> Result<RestoreReport, BackupError> {
        let mut report = RestoreReport::default();
        match from {
            RestoreFrom::File(path) => report.rows_loaded = self.load(path).await?,
            RestoreFrom::Storage => self.begin(STORAGE, true).await?,
            RestoreFrom::Beyond => self.begin(STORAGE, false).await?,
        }
        self.replay_inventory(&mut report).await?;
        self.replay_events(&mut report).await?;
        ledger::rebuild(&self.db, &self.storage, self.clock.now()).await?;
        self.db
            .write(async move |tx: &Tx| {
                Events::go_on(tx).await?;
                Blobs::go_on(tx).await?;
                positions::end_restore(&**tx).await
            })
            .await?;
        report.last_event = self.events.newest().await?;
        report.users_without_password = locked_out::users(self.db.read()).await?;
        Ok(report)
    }

    /// Notes the restore, unless it was begun before and is to go on.
    async fn begin(&self, source: &'static str, into_empty: bool) -> Result<(), BackupError> {
        let now = self.clock.now();
        self.db
            .write(async move |tx: &Tx| {
                match positions::restoring(&**tx).await? {
                    // Whatever it was begun from is loaded; only the storage is left to be replayed.
                    Some(_) if !into_empty => return Ok(()),
                    Some(begun) if begun == source => return Ok(()),
                    Some(_) => return Err(BackupError::OtherRestore),
                    None => {}
                }
                match tables::first_in_use(&**tx).await? {
                    Some(table) if into_empty => Err(BackupError::NotEmpty(table)),
                    None if !into_empty => Err(BackupError::Empty),
                    _ => Ok(positions::begin_restore(&**tx, source, now).await?),
                }
            })
            .await
    }

    /// Loads a backup in one transaction, after all of it was found whole. Returns how many rows came from it: none
    /// when an earlier run loaded it.
    async fn load(&self, path: &Path) -> Result<u64, BackupError> {
        let digest = Reader::verify(path)?;
        let (path, now) = (path.to_owned(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                match positions::restoring(&**tx).await? {
                    Some(begun) if begun == digest => return Ok(0),
                    Some(_) => return Err(BackupError::OtherRestore),
                    None => {}
                }
                if let Some(table) = tables::first_in_use(&**tx).await? {
                    return Err(BackupError::NotEmpty(table));
                }
                let mut reader = Reader::open(&path)?;
                let mut loader = Loader::default();
                while let Some(item) = reader.next()? {
                    loader.take(tx, item).await?;
                }
                loader.flush(tx).await?;
                if reader.digest() != digest {
                    return Err(BackupError::BadBackup("the file changed while it was read".to_owned()));
                }
                positions::begin_restore(&**tx, &digest, now).await?;
                Ok(loader.rows)
            })
            .await
    }
}

/// Gathers rows, so that a statement adds many.
#[derive(Default)]
struct Loader {
    table: Option<(&'static str, Vec<String>)>,
    waiting: Vec<tables::Row>,
    bytes: usize,
    rows: u64,
}

impl Loader {
    async fn take(&mut self, tx: &Tx, item: Item) -> Result<(), DbError> {
        match item {
            Item::Table { name, columns } => {
                self.flush(tx).await?;
                self.table = Some((name, columns));
            }
            Item::Row(row) => {
                self.bytes += row.iter().map(|value| value.as_str().map_or(8, str::len)).sum::<usize>();
                self.waiting.push(row);
                self.rows += 1;
                if self.waiting.len() >= ROWS || self.bytes >= BYTES {
                    self.flush(tx).await?;
                }
            }
        }
        Ok(())
    }

    async fn flush(&mut self, tx: &Tx) -> Result<(), DbError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.waiting);
        match &self.table {
            Some((table, columns)) if !rows.is_empty() => tables::write(tx, table, columns, &rows).await,
            _ => Ok(()),
        }
    }
}
