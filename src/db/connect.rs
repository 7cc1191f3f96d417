//! Opening the database.

use std::ops::AsyncFn;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};

use super::writer::SqliteWriter;
use super::{DatabaseUrl, DbError, Tx};

/// Connections that read at once.
const READERS: u32 = 8;
/// How long a reader waits for a connection before the request fails with 503.
const ACQUIRE: Duration = Duration::from_secs(5);
/// Pages of 4 KiB after which SQLite moves its log into the database file.
const CHECKPOINT_PAGES: u32 = 4000;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: SqliteWriter,
    frozen: Arc<AtomicBool>,
}

impl Db {
    /// Opens the database, which must have been migrated, and starts its writer.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, DbError> {
        let DatabaseUrl::Sqlite(path) = url;
        let writer = SqliteWriter::start(connect_sqlite(path, 1, false).await?)?;
        let reader = connect_sqlite(path, READERS, true).await?;
        Ok(Self { reader, writer, frozen: Arc::default() })
    }

    /// Opens a database that must be there, to read it while others may be changing it.
    ///
    /// # Errors
    /// When it is not there or can't be opened.
    pub async fn open_existing(url: &DatabaseUrl) -> Result<Self, DbError> {
        let DatabaseUrl::Sqlite(path) = url;
        if !path.exists() {
            return Err(DbError::Setup(format!("there is no database {}", path.display())));
        }
        Self::open(url).await
    }

    /// The pool for reads outside a change. On SQLite it can't write (`query_only`).
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// Makes a change: runs `closure` in a transaction and returns once that is durable.
    ///
    /// The closure may run more than once, so it must do nothing but SQL through the `Tx` it is given. An `Err`
    /// takes back all that it did. Its last statement is the record of its events (design, rule 4).
    ///
    /// # Errors
    /// What the closure returned, or a [`DbError`] when the commit failed or the database is frozen; nothing was kept
    /// then.
    pub async fn write<T, E>(
        &self,
        closure: impl AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if self.is_frozen() {
            return Err(DbError::Frozen.into());
        }
        self.writer.write(closure).await
    }

    /// Refuses all further changes by this process: the database has turned out to be older than the storage, and
    /// what it would do or record now could contradict what happened already (design, rule 3).
    pub fn freeze(&self) {
        self.frozen.store(true, Ordering::SeqCst);
        metrics::gauge!("waybill_database_frozen").set(1.0);
    }

    /// Whether changes are refused.
    pub fn is_frozen(&self) -> bool {
        self.frozen.load(Ordering::SeqCst)
    }

    /// Asks the database for an answer: a read, and a write unless it is frozen.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.reader.execute_unprepared("SELECT 1").await?;
        if self.is_frozen() {
            return Ok(());
        }
        self.write(async |tx: &Tx| tx.execute_unprepared("SELECT 1").await.map(drop).map_err(DbError::from))
            .await
    }
}

/// Connects to a SQLite file, creating it when it may be written.
pub(super) async fn connect_sqlite(
    path: &Path,
    connections: u32,
    read_only: bool,
) -> Result<DatabaseConnection, DbError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| {
            DbError::Setup(format!("can't create the folder {}: {error}", folder.display()))
        })?;
    }
    let path = path.to_owned();
    // The path is set below, for a URL would have to escape it.
    let mut options = ConnectOptions::new("sqlite://waybill.db");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE)
        // A file does not hang up: to ask before each use, or to open anew now and then, would only cost time.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&path)
                .create_if_missing(!read_only)
                .pragma("journal_mode", "WAL")
                // FULL syncs the log at every commit: a 201 must survive a power cut (design, Transactions).
                .pragma("synchronous", "FULL")
                .pragma("busy_timeout", "10000")
                .pragma("foreign_keys", "ON")
                .pragma("wal_autocheckpoint", CHECKPOINT_PAGES.to_string())
                .pragma("query_only", if read_only { "ON" } else { "OFF" })
        });
    Ok(Database::connect(options).await?)
}
