//! The PostgreSQL writers: each change commits by itself, and is run again when the database could not put it into an
//! order with the others.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::{try_join, try_join_all};
use rand::RngExt as _;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, IsolationLevel, TransactionTrait};
use tokio::sync::{RwLock, Semaphore, mpsc};
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};

use super::change::{Job, Lost};
use super::error::sql_state;
use super::postgres::{self, Purpose};
use super::{DbError, Freshness, PostgresUrl, Tx};

/// Threads that run changes of facts. A change's future stays on its thread, so closures need not be `Send`.
const THREADS: usize = 2;
/// Changes under way on one thread, each with a connection of its own.
const AT_ONCE: u32 = 8;
/// Changes that may wait for a thread; beyond it callers wait to enqueue, which holds back the clients.
const QUEUE: usize = 512;
/// How often a change is run beside others. After that it has this process to itself: the more run at once, the fewer the
/// database can put into an order, and on a busy machine one that always meets others would never get through.
const TRIES_BESIDE: u32 = 4;
/// How long it waits for that: everybody else waits behind it, and another change may take its time.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// How often a change is run before its caller is told to try again.
const TRIES: u32 = 24;
/// No further try begins so long after the first: one may last as long as a statement may.
const PATIENCE: Duration = Duration::from_secs(10);
/// The pause after the first try that was in vain; it doubles up to [`LONGEST_PAUSE`], and is jittered.
const PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The door to the writers' threads. They end when the last clone is dropped.
#[derive(Clone)]
pub(super) struct PostgresWriter {
    facts: Arc<[Queue]>,
    next: Arc<AtomicUsize>,
    /// Working rows have a thread to themselves: leases and the ledger's batches do not stand in line behind all who push.
    books: Queue,
}

/// The door to one thread.
type Queue = mpsc::Sender<Box<dyn Job>>;

impl PostgresWriter {
    /// Connects, and starts the threads: all at once, for to open a connection takes several round trips.
    pub(super) async fn start(url: &PostgresUrl, freshness: &Freshness) -> Result<Self, DbError> {
        let calm = Arc::default();
        let facts = try_join_all((0..THREADS).map(|_| thread(url, freshness, &calm)));
        let books_calm = Arc::default();
        let (facts, books) = try_join(facts, thread(url, freshness, &books_calm)).await?;
        Ok(Self { facts: facts.into(), next: Arc::default(), books })
    }

    /// Gives a change to the next thread of its kind.
    pub(super) async fn submit(&self, job: Box<dyn Job>) -> Result<(), DbError> {
        let queue = if job.is_bookkeeping() {
            &self.books
        } else {
            &self.facts[self.next.fetch_add(1, Ordering::Relaxed) % self.facts.len()]
        };
        queue.send(job).await.map_err(|_| DbError::WriterStopped)
    }
}

/// Connects, and starts a thread.
async fn thread(url: &PostgresUrl, freshness: &Freshness, calm: &Arc<RwLock<()>>) -> Result<Queue, DbError> {
    let connection = postgres::connect(url, AT_ONCE, Purpose::Write).await?;
    let (queue, waiting) = mpsc::channel(QUEUE);
    start_thread(Runner { connection, freshness: freshness.clone(), calm: Arc::clone(calm) }, waiting)
        .map_err(|error| DbError::Setup(format!("can't start a database writer: {error}")))?;
    Ok(queue)
}

fn start_thread(runner: Runner, waiting: mpsc::Receiver<Box<dyn Job>>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new()
        .name("postgres-writer".to_owned())
        .spawn(move || LocalSet::new().block_on(&runtime, run(runner, waiting)))?;
    Ok(())
}

async fn run(runner: Runner, mut waiting: mpsc::Receiver<Box<dyn Job>>) {
    let (runner, room) = (Rc::new(runner), Arc::new(Semaphore::new(AT_ONCE as usize)));
    while let Ok(permit) = Arc::clone(&room).acquire_owned().await {
        let Some(mut job) = waiting.recv().await else { break };
        let runner = Rc::clone(&runner);
        tokio::task::spawn_local(async move {
            let lost = runner.carry_through(&mut *job).await.err();
            if let Some(error) = &lost {
                tracing::error!(%error, "a change was not committed");
            }
            job.answer(lost.map(|error| Lost::Unavailable(error.to_string())).as_ref());
            drop(permit);
        });
    }
    // The changes that are under way end first.
    let _ = room.acquire_many(AT_ONCE).await;
    if let Err(error) = runner.connection.close_by_ref().await {
        tracing::warn!(%error, "the database was not closed cleanly");
    }
}

/// How one run of a change ended.
enum Ran {
    /// It is committed, or was taken back as its closure wanted.
    Through,
    /// The database could not order it with others, or a unique key was won by another: the same change may go through,
    /// or fail for a better reason, on the rows as they are now.
    Again(DbErr),
}

/// Runs the changes of a thread.
struct Runner {
    connection: DatabaseConnection,
    freshness: Freshness,
    /// Shared by those who run beside others, with the other threads too; whoever has it alone runs alone.
    calm: Arc<RwLock<()>>,
}

impl Runner {
    /// Runs a change until it is through. `Err` when its fate can't be told, or it found no way through.
    async fn carry_through(&self, job: &mut dyn Job) -> Result<(), DbErr> {
        let (mut tries, mut pause, begun) = (1, PAUSE, Instant::now());
        loop {
            match self.try_once(job, tries).await? {
                Ran::Through => {
                    metrics::histogram!("waybill_db_change_tries").record(f64::from(tries));
                    return Ok(());
                }
                Ran::Again(error) if tries == TRIES || begun.elapsed() >= PATIENCE => return Err(error),
                Ran::Again(_) => {
                    tries += 1;
                    sleep(pause.mul_f64(rand::rng().random_range(0.5..1.5))).await;
                    pause = LONGEST_PAUSE.min(pause * 2);
                }
            }
        }
    }

    async fn try_once(&self, job: &mut dyn Job, tries: u32) -> Result<Ran, DbErr> {
        if tries > TRIES_BESIDE
            && let Ok(_alone) = timeout(LONGEST_WAIT, self.calm.write()).await
        {
            return self.run_once(job).await;
        }
        let _beside = self.calm.read().await;
        self.run_once(job).await
    }

    #[expect(clippy::disallowed_methods, reason = "this is what stands behind Db::write")]
    async fn run_once(&self, job: &mut dyn Job) -> Result<Ran, DbErr> {
        let inner = if job.is_bookkeeping() {
            self.connection.begin_with_config(Some(IsolationLevel::ReadCommitted), None).await?
        } else {
            self.connection.begin().await?
        };
        let tx = Tx::new(inner);
        let keep = job.run(&tx).await;
        // Did a statement fail? After one that did, the transaction answers nothing any more, and the server takes a COMMIT
        // for a ROLLBACK without saying so: a closure that keeps an error to itself would be told that all is well.
        match tx.execute_unprepared("SELECT 1").await {
            Ok(_) => {}
            Err(error) if sql_state(&error).as_deref() == Some("25P02") => {
                tx.into_parts().0.rollback().await?;
                return Ok(Ran::Again(error));
            }
            Err(error) => return Err(error),
        }
        let (tx, changed) = tx.into_parts();
        if !keep {
            tx.rollback().await?;
            return Ok(Ran::Through);
        }
        let outcome = tx.commit().await;
        // Before anybody is told, and also when the commit's fate is unknown.
        self.freshness.changed(&changed);
        match outcome {
            Ok(()) => Ok(Ran::Through),
            Err(error) if is_conflict(&error) => Ok(Ran::Again(error)),
            Err(error) => Err(error),
        }
    }
}

/// Whether the same change may go through when it is run again.
fn is_conflict(error: &DbErr) -> bool {
    // serialization_failure, deadlock_detected, unique_violation (of a deferred check).
    matches!(sql_state(error).as_deref(), Some("40001" | "40P01" | "23505"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use futures_util::future::{join, join_all};
    use sea_orm::{DbBackend, Statement};
    use tempfile::TempDir;

    use super::*;
    use crate::db::Db;
    use crate::db::testing::database;

    const LOST: &str = "DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = 'serialization_failure'; END $$";

    /// A database, where the tests run on PostgreSQL.
    async fn postgres() -> Option<(Db, TempDir)> {
        let (db, folder) = database().await;
        (db.read().get_database_backend() == DbBackend::Postgres).then_some((db, folder))
    }

    /// What comes of a change that only makes this statement fail.
    async fn failed(db: &Db, sql: &'static str) -> DbError {
        let change = async move |tx: &Tx| tx.execute_unprepared(sql).await.map(drop).map_err(DbError::from);
        db.write(change).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_change_that_finds_no_way_through_may_be_asked_for_again() {
        let Some((db, _folder)) = postgres().await else { return };
        let error = failed(&db, LOST).await;
        assert!(error.is_busy(), "{error:?}");
        let error = failed(&db, "SELECT nonsense").await;
        assert!(!error.is_busy(), "{error:?}");
    }

    #[tokio::test]
    async fn a_change_that_always_meets_others_runs_alone_in_the_end() {
        let Some((db, _folder)) = postgres().await else { return };
        let (others, is_through) = (Arc::new(AtomicUsize::new(0)), AtomicBool::new(false));
        let busy = (0..12).map(async |_| {
            while !is_through.load(Ordering::SeqCst) {
                let others = Arc::clone(&others);
                let change = db.write(async move |tx: &Tx| {
                    others.fetch_add(1, Ordering::SeqCst);
                    let slept = tx.execute_unprepared("SELECT pg_sleep(0.01)").await;
                    others.fetch_sub(1, Ordering::SeqCst);
                    slept.map(drop).map_err(DbError::from)
                });
                change.await.unwrap();
            }
        });
        let alone = async {
            let others = Arc::clone(&others);
            let change = db.write(async move |tx: &Tx| {
                let meets = others.load(Ordering::SeqCst) > 0;
                let sql = if meets { LOST } else { "SELECT 1" };
                tx.execute_unprepared(sql).await.map(drop).map_err(DbError::from)
            });
            let outcome = change.await;
            is_through.store(true, Ordering::SeqCst);
            outcome
        };
        let (outcome, _) = join(alone, join_all(busy)).await;
        outcome.unwrap();
    }

    #[tokio::test]
    async fn a_change_that_takes_too_long_is_not_run_again_and_again() {
        let Some((db, _folder)) = postgres().await else { return };
        let begun = Instant::now();
        let sql = "SET LOCAL statement_timeout = '4s'; SELECT pg_sleep(30)";
        let error = failed(&db, sql).await;
        assert!(error.is_busy(), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[tokio::test]
    async fn a_change_whose_machine_vanished_does_not_keep_its_locks() {
        let Some((db, _folder)) = postgres().await else { return };
        let limit = db.write(async |tx: &Tx| {
            let sql = "SHOW idle_in_transaction_session_timeout";
            let row = tx.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
            Ok::<String, DbError>(row.expect("a row").try_get_by_index(0)?)
        });
        assert_eq!(limit.await.unwrap(), "30s");
    }

    #[tokio::test]
    async fn a_change_that_keeps_a_failure_to_itself_is_not_said_to_be_made() {
        let Some((db, _folder)) = postgres().await else { return };
        let change = db.write(async |tx: &Tx| {
            tx.execute_unprepared("INSERT INTO login_failure VALUES ('a', 1, 1)").await?;
            let _ = tx.execute_unprepared("SELECT nonsense").await;
            Ok::<_, DbError>(())
        });
        assert!(matches!(change.await, Err(DbError::Unavailable(_))));
    }
}
