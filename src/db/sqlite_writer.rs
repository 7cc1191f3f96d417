//! The SQLite writer: the one task that changes an embedded database.

use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};
use thiserror::Error;
use tokio::sync::mpsc;

use super::change::{Job, Lost};
use super::{DbError, Freshness, Tx};

/// Most changes that share one commit. More would only delay the first of them.
const MAX_BATCH: usize = 256;
/// Changes that may wait; beyond it callers wait to enqueue, which holds back the clients.
const QUEUE: usize = 1024;

/// The door to the writer's thread. The thread ends when the last clone is dropped.
#[derive(Clone)]
pub(super) struct SqliteWriter {
    queue: mpsc::Sender<Box<dyn Job>>,
}

impl SqliteWriter {
    /// Starts the writer on a thread of its own, so that closures need not be `Send` and a busy HTTP worker never
    /// delays a commit.
    pub(super) fn start(connection: DatabaseConnection, freshness: Freshness) -> Result<Self, DbError> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| DbError::Setup(format!("can't start the database writer: {error}")))?;
        std::thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || runtime.block_on(run(connection, waiting, freshness)))
            .map_err(|error| DbError::Setup(format!("can't start the database writer: {error}")))?;
        Ok(Self { queue })
    }

    /// Puts a change into the queue.
    pub(super) async fn submit(&self, job: Box<dyn Job>) -> Result<(), DbError> {
        self.queue.send(job).await.map_err(|_| DbError::WriterStopped)
    }
}

async fn run(
    connection: DatabaseConnection,
    mut waiting: mpsc::Receiver<Box<dyn Job>>,
    freshness: Freshness,
) {
    let mut batch = Vec::with_capacity(MAX_BATCH);
    while waiting.recv_many(&mut batch, MAX_BATCH).await > 0 {
        metrics::histogram!("waybill_db_batch_changes").record(batch.len() as f64);
        let lost = match commit(&connection, &mut batch, &freshness).await {
            Ok(()) => None,
            Err(error) => {
                tracing::error!(%error, changes = batch.len(), "a batch of changes was not committed");
                Some(error)
            }
        };
        match lost {
            // One of several may be to blame (it filled the disk): each gets another try, alone.
            Some(BatchError::Midway(_)) if batch.len() > 1 => {
                for mut job in batch.drain(..) {
                    let alone = commit(&connection, std::slice::from_mut(&mut job), &freshness).await;
                    job.answer(alone.err().map(|batch| batch.lost()).as_ref());
                }
            }
            lost => {
                let lost = lost.map(|batch| batch.lost());
                batch.drain(..).for_each(|job| job.answer(lost.as_ref()));
            }
        }
    }
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

/// Runs every change under a savepoint of one transaction; a change that fails takes only itself back.
#[expect(clippy::disallowed_methods, reason = "this is what stands behind Db::write")]
async fn commit(
    connection: &DatabaseConnection,
    batch: &mut [Box<dyn Job>],
    freshness: &Freshness,
) -> Result<(), BatchError> {
    let options = TransactionOptions {
        // DEFERRED, the default, fails with "database is locked" when a read is followed by a write.
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    let outer: DatabaseTransaction =
        connection.begin_with_options(options).await.map_err(BatchError::NotBegun)?;
    let mut changed = Vec::new();
    let work = async {
        // A change that is alone needs no savepoint.
        if let [job] = batch {
            return run_in(outer, &mut **job, &mut changed).await;
        }
        for job in batch {
            run_in(outer.begin().await?, &mut **job, &mut changed).await?;
        }
        outer.commit().await
    };
    let outcome = work.await;
    // Before anybody is told, and also when the commit's fate is unknown.
    freshness.changed(&changed);
    outcome.map_err(BatchError::Midway)
}

/// Runs one change, and ends its transaction or savepoint; adds to `changed` what others must not believe any more.
async fn run_in(
    transaction: DatabaseTransaction,
    job: &mut dyn Job,
    changed: &mut Vec<u8>,
) -> Result<(), DbErr> {
    let tx = Tx::new(transaction);
    let keep = job.run(&tx).await;
    let (tx, shards) = tx.into_parts();
    if !keep {
        return tx.rollback().await;
    }
    changed.extend(shards);
    tx.commit().await
}

/// Why a batch was not committed.
#[derive(Debug, Error)]
enum BatchError {
    /// The database did not let it begin: another process holds its lock.
    #[error(transparent)]
    NotBegun(DbErr),
    /// It broke on the way, or at its commit.
    #[error(transparent)]
    Midway(DbErr),
}

impl BatchError {
    fn lost(&self) -> Lost {
        match self {
            Self::NotBegun(error) => Lost::Unavailable(error.to_string()),
            Self::Midway(error) => Lost::Broken(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use sea_orm::ConnectionTrait as _;

    use super::*;
    use crate::db::testing::database;

    #[tokio::test]
    async fn a_change_that_fails_or_panics_takes_back_only_itself() {
        let (db, _folder) = database().await;
        let insert = |name: &'static str, end: fn() -> Result<(), DbError>| {
            db.write(async move |tx: &Tx| {
                let sql = format!("INSERT INTO login_failure VALUES ('{name}', 1, 1)");
                tx.execute_unprepared(&sql).await?;
                end()
            })
        };
        let gone = insert("panics", || panic!("on purpose"));
        let failed = insert("fails", || Err(DbError::WriterStopped));
        let kept = insert("stays", || Ok(()));
        let (gone, failed, kept) = futures_util::join!(gone, failed, kept);
        assert!(matches!(gone, Err(DbError::Panicked)));
        assert!(failed.is_err() && kept.is_ok());
        let rows = db
            .write(async |tx: &Tx| {
                let deleted = tx.execute_unprepared("DELETE FROM login_failure").await?;
                Ok::<_, DbError>(deleted.rows_affected())
            })
            .await;
        assert_eq!(rows.unwrap(), 1);
    }

    #[tokio::test]
    async fn a_change_stands_though_its_caller_went_away() {
        let (db, _folder) = database().await;
        let ran = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ran);
        let change = db.write(async move |_: &Tx| {
            seen.store(true, Ordering::SeqCst);
            Ok::<_, DbError>(())
        });
        // Polled once, it is in the queue, or even through; dropped, nobody waits for the answer.
        let _ = futures_util::poll!(Box::pin(change));
        while !ran.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }
}
