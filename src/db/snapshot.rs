//! Reading everything as it was at one moment.

use std::ops::Deref;

use sea_orm::{
    AccessMode, ConnectionTrait as _, DatabaseTransaction, DbBackend, IsolationLevel, TransactionTrait as _,
};

use super::{Db, DbError};

/// All that was committed at one moment, whatever is committed meanwhile. Only `store.rs` files use what it
/// dereferences to.
pub struct Snapshot {
    inner: DatabaseTransaction,
}

impl Deref for Snapshot {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl Db {
    /// A view that stays as it is while others write. It holds a connection, and on SQLite keeps the log from
    /// shrinking, until it is dropped.
    ///
    /// # Errors
    /// When no connection becomes free, or the database does not answer.
    #[expect(clippy::disallowed_methods, reason = "it changes nothing")]
    pub async fn snapshot(&self) -> Result<Snapshot, DbError> {
        let reader = self.read();
        let inner = match reader.get_database_backend() {
            // A reader's transaction sees one moment of the log, from its first statement on.
            DbBackend::Sqlite => reader.begin().await?,
            _ => {
                let (level, mode) = (Some(IsolationLevel::RepeatableRead), Some(AccessMode::ReadOnly));
                let inner = reader.begin_with_config(level, mode).await?;
                // A whole table may take longer to read than any other statement may.
                inner.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
                inner
            }
        };
        // The moment is now, not when something is asked for.
        inner.execute_unprepared("SELECT COUNT(*) FROM seaql_migrations").await?;
        Ok(Snapshot { inner })
    }
}
