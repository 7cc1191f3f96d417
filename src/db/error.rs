//! What can go wrong below every `store.rs`.

use thiserror::Error;

/// A failure of the database, never of its caller: rooms turn expected conflicts into their own errors before
/// they get here. Its text is for the log only.
#[derive(Debug, Error)]
pub enum DbError {
    /// The database refused or did not answer.
    #[error(transparent)]
    Sql(#[from] sea_orm::DbErr),
    /// The batch that held this change could not be committed; nothing of it was kept.
    #[error("the transaction was not committed: {0}")]
    NotCommitted(String),
    /// The writer has stopped, because the process is ending.
    #[error("the database writer has stopped")]
    WriterStopped,
    /// The change had a fault of its own; nothing of it was kept.
    #[error("a change panicked")]
    Panicked,
    /// A stored value does not parse any more.
    #[error("the database holds a bad {what}: {value}")]
    Corrupt {
        /// Table and column.
        what: &'static str,
        /// What stands there.
        value: String,
    },
    /// The data folder or the database file can't be used.
    #[error("{0}")]
    Setup(String),
}

impl DbError {
    /// For a stored value that does not parse any more.
    pub fn corrupt(what: &'static str, value: impl ToString) -> Self {
        Self::Corrupt { what, value: value.to_string() }
    }
}
