//! What can go wrong below every `store.rs`.

use sea_orm::{DbErr, RuntimeErr};
use thiserror::Error;

/// A failure of the database, never of its caller: rooms turn expected conflicts into their own errors before
/// they get here. Its text is for the log only.
#[derive(Debug, Error)]
pub enum DbError {
    /// The database refused or did not answer.
    #[error(transparent)]
    Sql(#[from] DbErr),
    /// The batch that held this change could not be committed; nothing of it was kept.
    #[error("the transaction was not committed: {0}")]
    NotCommitted(String),
    /// The database could not take the change just now: its connection was lost, or too many changed the same rows.
    /// When the connection was lost amid a commit, the change may stand all the same; what clients do again is made for
    /// that.
    #[error("the database did not take the change: {0}")]
    Unavailable(String),
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
        Self::Sql(DbErr::ConnectionAcquire(sea_orm::error::ConnAcquireErr::Timeout))
    }

    /// Whether the database could not answer just now, for want of a connection: nothing is broken, and it may work in a
    /// moment.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Sql(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => true,
            Self::Sql(error @ (DbErr::Exec(_) | DbErr::Query(_))) => {
                sql_state(error).map_or_else(|| hung_up(error), |state| is_passing(&state))
            }
            _ => false,
        }
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

/// The SQLSTATE of a PostgreSQL server's answer.
pub(super) fn sql_state(error: &DbErr) -> Option<String> {
    let code = sqlx_error(error)?.as_database_error()?.code()?;
    // SQLite's codes are other numbers, and shorter.
    (code.len() == 5).then(|| code.into_owned())
}

/// The server is starting, stopping, or has no connection left; too many changed the same
/// rows (serialization_failure, deadlock_detected); or one side was too slow (query_canceled,
/// idle_in_transaction_session_timeout).
fn is_passing(state: &str) -> bool {
    ["57P", "08"].iter().any(|class| state.starts_with(class))
        || ["53300", "40001", "40P01", "57014", "25P03"].contains(&state)
}

fn hung_up(error: &DbErr) -> bool {
    sqlx_error(error).is_some_and(|error| matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_)))
}

fn sqlx_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error))
        | DbErr::Conn(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

    use super::*;
    use crate::db::{DatabaseUrl, Db, migrate};

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "to hold a connection")]
    async fn a_reader_that_waits_too_long_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("waybill.db"));
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
