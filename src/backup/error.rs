//! What can go wrong in this room. Read by the operator, so causes are shown.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::ledger::{LedgerError, ReplayError};

/// Why there is no backup, or nothing was restored.
#[derive(Debug, Error)]
pub enum BackupError {
    /// A backup never replaces another file.
    #[error("there is a file {} already: choose another name", .0.display())]
    Exists(PathBuf),
    /// The file can't be read or written.
    #[error("{}: {cause}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The file is no backup, or a damaged one. Nothing was restored from it.
    #[error("the backup can't be used: {0}")]
    BadBackup(String),
    /// There is something in the database.
    #[error(
        "the database is not empty (there are rows in {0}): a backup is restored into an empty one only. Move the \
         database away, or use --replay to bring it up to what the storage tells"
    )]
    NotEmpty(&'static str),
    /// There is nothing in the database.
    #[error(
        "the database is empty: use --from <backup>, or --from-storage to rebuild it from the storage alone"
    )]
    Empty,
    /// A restore was begun and has not ended.
    #[error("a restore into this database was begun and has not ended: run the same `waybill restore` again")]
    Unfinished,
    /// Another restore was begun and has not ended.
    #[error(
        "a restore from something else into this database was begun and has not ended: run that one again"
    )]
    OtherRestore,
    /// A batch in the storage can't be read.
    #[error("{name} in the storage can't be used: {why}")]
    BadBatch {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// A batch is missing in the storage.
    #[error("the storage lacks the events {first} to {last}: nothing behind them can be done again")]
    MissingEvents {
        /// The first that is missing.
        first: i64,
        /// The last that is missing.
        last: i64,
    },
    /// The storage keeps no bytes of a manifest or trust policy.
    #[error("event {seq} tells of what the storage does not hold: {name}")]
    MissingObject {
        /// The event.
        seq: i64,
        /// The object that is missing.
        name: String,
    },
    /// Database and storage tell of different events at the same place.
    #[error(
        "the database and the storage hold different events {seq}: they are not of one history, or both went on by \
         themselves. Restore a backup from before that event into an empty database"
    )]
    Diverged {
        /// The first place at which they differ.
        seq: i64,
    },
    /// The ledger could not be brought back.
    #[error("the ledger can't be restored: {0}")]
    Ledger(#[from] LedgerError),
    /// An event can't be done again.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The storage failed.
    #[error("the storage failed: {0}")]
    Storage(#[from] BlobError),
    /// The database failed.
    #[error("database: {0}")]
    Db(#[from] DbError),
}
