//! The SQLite writer: the one task that changes an embedded database.

use std::time::{Duration, Instant};

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
/// How long a statement's answer is looked out for, before the writer sleeps until it is there.
const WAKEFUL: Duration = Duration::from_micros(50);
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

/// Runs all changes in one transaction. A change that fails takes only itself back: then they are run once more, each under
/// a savepoint, which few batches have to pay for.
async fn commit(
    connection: &DatabaseConnection,
    batch: &mut [Box<dyn Job>],
    freshness: &Freshness,
) -> Result<(), BatchError> {
    let mut changed = Vec::new();
    let work = async {
        if run_together(begin(connection).await?, batch, &mut changed).await? || batch.len() == 1 {
            return Ok(());
        }
        let outer = begin(connection).await?;
        run_apart(outer, batch, &mut changed).await.map_err(BatchError::Midway)
    };
    let outcome = wakefully(work).await;
    // Before anybody is told, and also when the commit's fate is unknown.
    freshness.changed(&changed);
    outcome
}

#[expect(clippy::disallowed_methods, reason = "this is what stands behind Db::write")]
async fn begin(connection: &DatabaseConnection) -> Result<DatabaseTransaction, BatchError> {
    let options = TransactionOptions {
        // DEFERRED, the default, fails with "database is locked" when a read is followed by a write.
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    connection.begin_with_options(options).await.map_err(BatchError::NotBegun)
}

/// Runs changes in one transaction; if one of them fails, nothing is kept, and this says so. Adds to `changed` what
/// others must not believe any more, as all of these do.
async fn run_together(
    transaction: DatabaseTransaction,
    batch: &mut [Box<dyn Job>],
    changed: &mut Vec<u8>,
) -> Result<bool, BatchError> {
    let tx = Tx::new(transaction);
    let mut keep = true;
    for job in batch {
        keep = job.run(&tx).await;
        if !keep {
            break;
        }
    }
    end(tx, keep, changed).await.map(|()| keep).map_err(BatchError::Midway)
}

/// Runs each change under a savepoint.
#[expect(clippy::disallowed_methods, reason = "this is what stands behind Db::write")]
async fn run_apart(
    outer: DatabaseTransaction,
    batch: &mut [Box<dyn Job>],
    changed: &mut Vec<u8>,
) -> Result<(), DbErr> {
    for job in batch {
        let savepoint = Tx::new(outer.begin().await?);
        let keep = job.run(&savepoint).await;
        end(savepoint, keep, changed).await?;
    }
    outer.commit().await
}

/// Ends a transaction or a savepoint.
async fn end(tx: Tx, keep: bool, changed: &mut Vec<u8>) -> Result<(), DbErr> {
    let (tx, shards) = tx.into_parts();
    if !keep {
        return tx.rollback().await;
    }
    changed.extend(shards);
    tx.commit().await
}

/// Asks a future again for a moment before its thread is put to sleep. The driver answers each statement from another
/// thread, mostly within some microseconds; being woken takes several times that.
async fn wakefully<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|context| {
        let begun = Instant::now();
        loop {
            let polled = future.as_mut().poll(context);
            if polled.is_ready() || begun.elapsed() > WAKEFUL {
                return polled;
            }
            std::thread::yield_now();
        }
    })
    .await
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
