//! Opening the database.

use std::ops::AsyncFn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::change::{Change, Job};
use super::postgres::Purpose;
use super::postgres_writer::PostgresWriter;
use super::sqlite_writer::SqliteWriter;
use super::{DatabaseUrl, DbError, Freshness, Tx, noting, postgres, sqlite};

/// Connections that read at once.
const SQLITE_READERS: u32 = 8;
const POSTGRES_READERS: u32 = 16;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: Writer,
    freshness: Freshness,
    frozen: Arc<AtomicBool>,
}

/// Who runs changes.
#[derive(Clone)]
enum Writer {
    Sqlite(SqliteWriter),
    Postgres(PostgresWriter),
}

impl Db {
    /// Opens the database, which must have been migrated, and starts its writers.
    ///
    /// # Errors
    /// When the file can't be opened, or the server not be reached.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, DbError> {
        match url {
            DatabaseUrl::Sqlite(path) => {
                let freshness = Freshness::alone();
                let writer = sqlite::connect(path, 1, false).await?;
                let writer = Writer::Sqlite(SqliteWriter::start(writer, freshness.clone())?);
                let reader = sqlite::connect(path, SQLITE_READERS, true).await?;
                Ok(Self { reader, writer, freshness, frozen: Arc::default() })
            }
            DatabaseUrl::Postgres(url) => {
                let reader = postgres::connect(url, POSTGRES_READERS, Purpose::Read).await?;
                let freshness = Freshness::among_others(reader.clone()).await?;
                let writer = Writer::Postgres(PostgresWriter::start(url, &freshness).await?);
                Ok(Self { reader, writer, freshness, frozen: Arc::default() })
            }
        }
    }

    /// Opens a database that must be there, to read it while others may be changing it.
    ///
    /// # Errors
    /// When it is not there or can't be opened.
    pub async fn open_existing(url: &DatabaseUrl) -> Result<Self, DbError> {
        match url {
            DatabaseUrl::Sqlite(path) if !path.exists() => {
                Err(DbError::Setup(format!("there is no database {}", path.display())))
            }
            _ => Self::open(url).await,
        }
    }

    /// The pool for reads outside a change. It can't write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// How far what was read before may be believed.
    pub const fn freshness(&self) -> &Freshness {
        &self.freshness
    }

    /// Makes a change: runs `closure` in a transaction and returns once that is durable.
    ///
    /// The closure may run more than once, so it must do nothing but SQL through the `Tx` it is given, and must hand
    /// on whatever error that gives: on PostgreSQL a statement that failed takes the whole change back. An `Err` takes
    /// back all that it did. Its last statement is the record of its events (design, rule 4).
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
        self.submit(closure, false).await
    }

    /// As [`Db::write`], for working rows of which each statement decides by itself (a compare-and-set, a mark that is set
    /// twice the same): on PostgreSQL it is not put into an order with changes of facts, so neither has to be run again
    /// for the other (READ COMMITTED).
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn keep_books<T, E>(
        &self,
        closure: impl AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.submit(closure, true).await
    }

    async fn submit<T, E>(
        &self,
        closure: impl AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
        bookkeeping: bool,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if self.is_frozen() {
            return Err(DbError::Frozen.into());
        }
        let (job, answer): (Box<dyn Job>, _) = Change::boxed(closure, bookkeeping);
        match &self.writer {
            Writer::Sqlite(writer) => writer.submit(job).await?,
            Writer::Postgres(writer) => writer.submit(job).await?,
        }
        let (result, noted) = answer.await.map_err(|_| DbError::WriterStopped)?;
        noting::collect(noted);
        result
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
