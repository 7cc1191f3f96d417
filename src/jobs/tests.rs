//! The queue and its workers over a real database, with a clock that is moved by hand.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use entity::job;
use sea_orm::EntityTrait as _;
use tempfile::TempDir;
use tokio::sync::watch;

use super::store::State;
use super::worker::LEASE;
use super::*;
pub(crate) use crate::db::testing::database;
use crate::db::{Db, Tx};
use crate::types::{Clock, Timestamp};

/// A clock that tests move.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_700_000_000_000_000)))
    }

    pub(crate) fn forward(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// What a handler does next.
enum Act {
    End(Done),
    Fail,
    Panic,
    /// Never ends, as if its process had died; tells when it has begun.
    Hang(watch::Sender<bool>),
}

/// Does as it is told, then fails for good; remembers the payloads that it was given.
#[derive(Default)]
struct Script {
    recurring: bool,
    acts: Mutex<VecDeque<Act>>,
    ran: Mutex<Vec<String>>,
}

impl Script {
    fn of(acts: impl IntoIterator<Item = Act>) -> Arc<Self> {
        Arc::new(Self { acts: Mutex::new(acts.into_iter().collect()), ..Self::default() })
    }

    fn ran(&self) -> Vec<String> {
        self.ran.lock().unwrap().clone()
    }
}

#[async_trait]
impl Handler for Script {
    fn kind(&self) -> &'static str {
        "test"
    }

    fn recurring(&self) -> bool {
        self.recurring
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        self.ran.lock().unwrap().push(job.payload.clone());
        let act = self.acts.lock().unwrap().pop_front();
        match act.unwrap_or(Act::Fail) {
            Act::End(done) => Ok(done),
            Act::Fail => Err(JobError::Other("as told".to_owned())),
            Act::Panic => panic!("as told"),
            Act::Hang(begun) => {
                begun.send_replace(true);
                std::future::pending().await
            }
        }
    }
}

struct World {
    db: Db,
    clock: TestClock,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let (db, folder) = database().await;
        Self { db, clock: TestClock::new(), _folder: folder }
    }

    fn worker(&self, script: &Arc<Script>) -> Worker {
        Worker::new(self.db.clone(), Arc::new(self.clock.clone()), vec![script.clone()])
    }

    async fn enqueue(&self, key: Option<&'static str>, payload: &'static str) {
        let now = self.clock.now();
        self.db.write(async move |tx: &Tx| enqueue(tx, "test", key, payload, now).await).await.unwrap();
    }

    async fn rows(&self) -> Vec<job::Model> {
        job::Entity::find().all(self.db.read()).await.unwrap()
    }

    /// State and payload of every job, sorted.
    async fn jobs(&self) -> Vec<(String, String)> {
        let mut jobs: Vec<_> = self.rows().await.into_iter().map(|row| (row.state, row.payload)).collect();
        jobs.sort();
        jobs
    }

    /// Works as a process that dies with the job in hand.
    async fn die_at_work(&self) {
        let (begun, mut has_begun) = watch::channel(false);
        let worker = self.worker(&Script::of([Act::Hang(begun)]));
        tokio::select! {
            _ = worker.work_once() => panic!("it ended"),
            begun = has_begun.changed() => begun.unwrap(),
        }
    }
}

fn job(state: State, payload: &str) -> (String, String) {
    (state.as_str().to_owned(), payload.to_owned())
}

#[tokio::test]
async fn one_per_key_waits() {
    let world = World::new().await;
    world.enqueue(Some("a"), "1").await;
    world.enqueue(Some("a"), "2").await;
    world.enqueue(Some("b"), "3").await;
    world.enqueue(None, "4").await;
    world.enqueue(None, "5").await;
    let expected = ["1", "3", "4", "5"].map(|payload| job(State::Waiting, payload));
    assert_eq!(world.jobs().await, expected);
    let script = Script::of((0..4).map(|_| Act::End(Done::Finished)));
    let worker = world.worker(&script);
    while worker.work_once().await.unwrap() {}
    assert_eq!(script.ran(), ["1", "3", "4", "5"]);
    assert_eq!(world.jobs().await, []);
}

#[tokio::test]
async fn a_job_queued_while_one_of_its_key_runs_is_not_lost() {
    let world = World::new().await;
    world.enqueue(Some("a"), "1").await;
    world.die_at_work().await;
    world.enqueue(Some("a"), "2").await;
    assert_eq!(world.jobs().await, [job(State::Running, "1"), job(State::Waiting, "2")]);
    world.clock.forward(LEASE + Duration::from_secs(1));
    let script = Script::of([Act::End(Done::Finished), Act::End(Done::Finished)]);
    let worker = world.worker(&script);
    while worker.work_once().await.unwrap() {}
    let mut ran = script.ran();
    ran.sort();
    assert_eq!(ran, ["1", "2"]);
    assert_eq!(world.jobs().await, []);
}

#[tokio::test]
async fn a_job_that_fails_beside_its_successor_goes() {
    let world = World::new().await;
    world.enqueue(Some("a"), "1").await;
    world.die_at_work().await;
    world.clock.forward(LEASE + Duration::from_secs(1));
    world.enqueue(Some("a"), "2").await;
    let script = Script::of([Act::Fail]);
    assert!(world.worker(&script).work_once().await.unwrap());
    assert_eq!(script.ran(), ["1"]);
    assert_eq!(world.jobs().await, [job(State::Waiting, "2")]);
}

#[tokio::test]
async fn one_of_two_workers_has_it() {
    let world = World::new().await;
    for round in 0..20 {
        world.enqueue(None, "once").await;
        let script = Script::of([Act::End(Done::Finished)]);
        let (one, two) = (world.worker(&script), world.worker(&script));
        let (one, two) = futures_util::join!(one.work_once(), two.work_once());
        assert!(one.unwrap() || two.unwrap(), "round {round}");
        assert_eq!(script.ran(), ["once"], "round {round}");
    }
}

#[tokio::test]
async fn another_takes_over_when_the_lease_has_ended() {
    let world = World::new().await;
    world.enqueue(None, "x").await;
    world.die_at_work().await;
    let script = Script::of([Act::End(Done::Finished)]);
    let worker = world.worker(&script);
    world.clock.forward(LEASE);
    assert!(!worker.work_once().await.unwrap(), "the lease is held to its end");
    world.clock.forward(Duration::from_micros(1));
    assert!(worker.work_once().await.unwrap());
    assert_eq!(script.ran(), ["x"]);
    assert_eq!(world.jobs().await, []);
}

#[tokio::test]
async fn failures_are_retried_later_each_time_until_it_is_dead() {
    let world = World::new().await;
    world.enqueue(Some("a"), "x").await;
    let script = Script::of([Act::Panic]);
    let worker = world.worker(&script);
    let mut shortest = Duration::from_secs(1);
    for attempt in 1..12 {
        assert!(worker.work_once().await.unwrap(), "attempt {attempt}");
        let row = world.rows().await.remove(0);
        assert_eq!((row.state.as_str(), row.attempts), ("waiting", attempt));
        let wait = Timestamp::from_micros(row.run_at_us).since(world.clock.now());
        assert!(wait >= shortest && wait < shortest.mul_f64(1.5), "attempt {attempt}: {wait:?}");
        assert!(!worker.work_once().await.unwrap(), "attempt {attempt}: not before its time");
        world.clock.forward(wait);
        shortest *= 2;
    }
    assert!(worker.work_once().await.unwrap());
    let row = world.rows().await.remove(0);
    assert_eq!((row.state.as_str(), row.last_error.as_deref()), ("dead", Some("as told")));
    world.clock.forward(Duration::from_secs(86_400));
    assert!(!worker.work_once().await.unwrap());
    assert_eq!(script.ran().len(), 12);
    // The dead letter does not keep new work of its key out.
    world.enqueue(Some("a"), "y").await;
    assert_eq!(world.jobs().await, [job(State::Dead, "x"), job(State::Waiting, "y")]);
}

#[tokio::test]
async fn a_job_that_ends_its_process_dies_too() {
    let world = World::new().await;
    world.enqueue(None, "x").await;
    for _ in 0..12 {
        world.die_at_work().await;
        world.clock.forward(LEASE + Duration::from_secs(1));
    }
    let script = Script::of([]);
    assert!(world.worker(&script).work_once().await.unwrap());
    assert_eq!(script.ran(), [""; 0]);
    let row = world.rows().await.remove(0);
    assert_eq!((row.state.as_str(), row.attempts), ("dead", 12));
    assert!(row.last_error.unwrap().contains("begun too often"));
}

#[tokio::test]
async fn recurring_work_is_planted_once_and_never_dies() {
    let world = World::new().await;
    let again = Act::End(Done::Again(Duration::from_secs(5)));
    let acts = Mutex::new((0..30).map(|_| Act::Fail).chain([again]).collect());
    let script = Arc::new(Script { recurring: true, acts, ..Script::default() });
    let worker = world.worker(&script);
    worker.plant_recurring().await.unwrap();
    world.die_at_work().await;
    worker.plant_recurring().await.unwrap();
    assert_eq!(world.jobs().await, [job(State::Running, "{}")]);
    world.clock.forward(LEASE + Duration::from_secs(1));
    for _ in 0..31 {
        worker.plant_recurring().await.unwrap();
        assert!(worker.work_once().await.unwrap());
        assert_eq!(world.jobs().await, [job(State::Waiting, "{}")]);
        world.clock.forward(Duration::from_secs(5400));
    }
    assert_eq!(world.rows().await[0].attempts, 0, "success makes up for failures");
}

#[tokio::test]
async fn a_worker_ends_when_told_to_and_when_nobody_is_left_to_tell() {
    let world = World::new().await;
    for told in [true, false] {
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(world.worker(&Script::of([])).run(stopped));
        if told {
            stop.send_replace(true);
        } else {
            drop(stop);
        }
        worker.await.unwrap();
    }
}

#[tokio::test]
async fn states_are_counted() {
    let world = World::new().await;
    assert_eq!(store::counts(world.db.read()).await.unwrap(), []);
    world.enqueue(None, "1").await;
    world.enqueue(None, "2").await;
    world.die_at_work().await;
    let mut counts = store::counts(world.db.read()).await.unwrap();
    counts.sort();
    assert_eq!(counts, [("running".to_owned(), 1), ("waiting".to_owned(), 1)]);
}
