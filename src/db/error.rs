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
    /// This process must not change the database: the storage tells of later facts than it does.
    #[error("the database is read-only: the storage tells of later facts, see `waybill restore --help`")]
    Frozen,
    /// The data folder or the database file can't be used.
    #[error("{0}")]
    Setup(String),
}

impl DbError {
    /// As it comes when all connections are taken, for tests of what is made of it.
    #[cfg(test)]
    pub(crate) const fn busy() -> Self {
        Self::Sql(sea_orm::DbErr::ConnectionAcquire(sea_orm::error::ConnAcquireErr::Timeout))
    }

    /// Whether no connection became free in time: nothing is broken, and it may work in a moment.
    pub const fn is_busy(&self) -> bool {
        matches!(self, Self::Sql(sea_orm::DbErr::ConnectionAcquire(sea_orm::error::ConnAcquireErr::Timeout)))
    }

    /// Whether changes are refused until the operator has restored the database.
    pub const fn is_frozen(&self) -> bool {
        matches!(self, Self::Frozen)
    }

    /// For a stored value that does not parse any more.
    pub fn corrupt(what: &'static str, value: impl ToString) -> Self {
        Self::Corrupt { what, value: value.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    use super::*;
    use crate::db::{Db, migrate};

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "to hold a connection")]
    async fn a_reader_that_waits_too_long_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display()).parse().unwrap();
        migrate(&url).await.unwrap();
        let db = Db::open(&url).await.unwrap();
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push(db.read().begin().await.unwrap());
        }
        // Nothing else is under way, so the clock jumps to where the wait ends.
        tokio::time::pause();
        let busy = DbError::from(db.read().execute_unprepared("SELECT 1").await.unwrap_err());
        assert!(busy.is_busy(), "{busy:?}");
        tokio::time::resume();
        drop(held);
        let wrong = DbError::from(db.read().execute_unprepared("SELECT").await.unwrap_err());
        assert!(!wrong.is_busy(), "{wrong:?}");
    }
}
