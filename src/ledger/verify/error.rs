//! What does not hold, or could not be read. Read by the person who verifies, so everything is shown.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use tlog_tiles::Hash;

use crate::blobs::BlobError;
use crate::db::DbError;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{CheckpointError, LogOrigin, TreeError};

/// Why a log is not verified.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// The first entry that does not hold.
    #[error("index {index}: {why}")]
    Entry {
        /// Which.
        index: u64,
        /// What was found, and where.
        why: String,
    },
    /// A checkpoint is none, or nobody whom we know signed it.
    #[error("{what}: {cause}")]
    Checkpoint {
        /// Which.
        what: String,
        /// What is wrong.
        cause: CheckpointError,
    },
    /// No key is known, and the log shows none.
    #[error("no key of the log is known: name one by --key")]
    NoKey,
    /// The entries make another tree than the one that was signed.
    #[error(
        "the {size} entries hash to the root {made}, {what} says {signed}: none of its parts tells which entry is another"
    )]
    Root {
        /// Entries.
        size: u64,
        /// What they make.
        made: Hash,
        /// What was signed.
        signed: Hash,
        /// Who says so.
        what: String,
    },
    /// The log is of another name than what was seen before.
    #[error("{what} is of the log '{expected}', this one is '{found}'")]
    OtherLog {
        /// What was seen.
        what: String,
        /// Its log.
        expected: LogOrigin,
        /// What is shown now.
        found: LogOrigin,
    },
    /// The log was longer before.
    #[error("the log was rolled back: {what} has {before} entries, the log shows {now}")]
    RolledBack {
        /// What was seen.
        what: String,
        /// Its size.
        before: u64,
        /// The size now.
        now: u64,
    },
    /// The log had another history before.
    #[error("the log was forked: its first {size} entries hash to the root {now}, {what} says {before}")]
    Forked {
        /// What was seen.
        what: String,
        /// Its size.
        size: u64,
        /// Its root.
        before: Hash,
        /// What the log's entries make now.
        now: Hash,
    },
    /// The head in the database does not fit.
    #[error("the head: {0}")]
    Head(String),
    /// An export is none, or a damaged one.
    #[error("the export can't be used: {0}")]
    BadExport(String),
    /// A file can't be read or written.
    #[error("{}: {cause}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// What was remembered can't be read.
    #[error("the state file {} can't be used: {why}", .path.display())]
    BadState {
        /// Its path.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A URL gives no answer that is of use.
    #[error("{url}: {why}")]
    Site {
        /// Which.
        url: String,
        /// What came of it.
        why: String,
    },
    /// The tree can't be worked on.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The installation's log can't be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database failed.
    #[error("database: {0}")]
    Db(#[from] DbError),
    /// The storage failed.
    #[error("the storage failed: {0}")]
    Storage(#[from] BlobError),
}

impl VerifyError {
    /// An entry that does not hold.
    pub(super) fn entry(index: u64, why: impl Into<String>) -> Self {
        Self::Entry { index, why: why.into() }
    }

    /// Whether something does not hold; else it could not be told.
    pub const fn is_finding(&self) -> bool {
        match self {
            Self::Ledger(LedgerError::Db(cause)) | Self::Db(cause) => {
                matches!(cause, DbError::Corrupt { .. })
            }
            Self::Ledger(cause) => matches!(cause, LedgerError::Unnamed | LedgerError::Gone(_)),
            Self::File { .. } | Self::Site { .. } | Self::Storage(_) => false,
            _ => true,
        }
    }

    /// The first index that does not hold, where one can be named.
    pub const fn index(&self) -> Option<u64> {
        match self {
            Self::Entry { index, .. } => Some(*index),
            _ => None,
        }
    }
}
