//! The sequencer dies (-9) at each step of a batch: no index is given twice, none is lost, and the log goes on.

use std::time::{Duration, Instant};

use waybill::ledger::Checkpoint;

use super::kit::{all_published, assert_no_fork, checkpoint, leaves, push_some};
use crate::backup::base::Base;
use crate::registry::kit::push_blob;
use crate::support::{TestServer, on_postgres, wait_until};

/// Where a batch can be cut off, in the order in which it comes by.
const STEPS: [&str; 7] = [
    "ledger-ordered",
    "ledger-secured",
    "ledger-signed",
    "ledger-committed",
    "ledger-tiles-stored",
    "ledger-checkpoint-stored",
    "ledger-published",
];
/// How soon the log must go on, and what a busy machine may add.
const SOON: Duration = Duration::from_secs(5);
const GRACE: Duration = Duration::from_secs(5);
/// What the log says when a step is reached.
const HELD: &str = "held up";

/// Rounds: `WAYBILL_TEST_ROUNDS`, or each step once.
fn rounds() -> usize {
    std::env::var("WAYBILL_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(STEPS.len())
}

/// Holds the sequencer up at a step, after some batches.
fn plan(round: usize) -> String {
    format!("{}={}*off->1*print({HELD})->pause", STEPS[round % STEPS.len()], round / STEPS.len() % 3)
}

/// Pushes until the server is held up, then kills it.
async fn kill_at_step(server: &mut TestServer, pushed_to: &TestServer, round: usize) {
    let mut pushed = 0;
    wait_until("the step is reached", async || {
        push_some(&pushed_to.client(), 100 * round as u64 + pushed, 3).await;
        pushed += 1;
        server.log().last_event(HELD).is_some()
    })
    .await;
    server.kill9();
}

/// Waits until the log has gone on; returns its checkpoint.
async fn goes_on(server: &TestServer, since: Instant) -> Checkpoint {
    all_published(server).await;
    assert!(since.elapsed() < SOON + GRACE, "after {:?}", since.elapsed());
    checkpoint(server).await.1
}

#[tokio::test]
async fn a_server_that_dies_at_any_step_goes_on() {
    if on_postgres() {
        return;
    }
    let mut server = TestServer::start().await;
    push_blob(&server.client(), "acme/app", b"content").await;
    let mut seen = Vec::new();
    for round in 0..rounds() {
        server.set("FAILPOINTS", &plan(round));
        server.restart().await;
        let at = server.client();
        let mut pushed = 0;
        wait_until("the step is reached", async || {
            push_some(&at, 100 * round as u64 + pushed, 3).await;
            pushed += 1;
            server.log().last_event(HELD).is_some()
        })
        .await;
        server.kill9();
        server.set("FAILPOINTS", "");
        let since = Instant::now();
        server.restart().await;
        seen.push(goes_on(&server, since).await);
    }
    assert_no_fork(&leaves(&Base::of(&server)).await, &seen);
}

#[tokio::test]
async fn another_replica_takes_the_lead_over_from_one_that_dies_at_any_step() {
    if !on_postgres() {
        return;
    }
    let mut leader = TestServer::builder().env("FAILPOINTS", &plan(0)).start().await;
    push_blob(&leader.client(), "acme/app", b"content").await;
    let mut seen = Vec::new();
    for round in 0..rounds() {
        // It waits for the lead; its own step is held up only once it leads.
        let heir = leader.replica().env("FAILPOINTS", &plan(round + 1)).start().await;
        kill_at_step(&mut leader, &heir, round).await;
        let since = Instant::now();
        // The heir may be held up in its turn before all is published, so what counts is that it goes on.
        let (_, before) = checkpoint(&heir).await;
        wait_until("the log goes on", async || {
            checkpoint(&heir).await.1.size > before.size || heir.log().last_event(HELD).is_some()
        })
        .await;
        assert!(since.elapsed() < SOON + GRACE, "after {:?}", since.elapsed());
        seen.extend([before, checkpoint(&heir).await.1]);
        leader = heir;
    }
    leader.kill9();
    leader.set("FAILPOINTS", "");
    leader.restart().await;
    seen.push(goes_on(&leader, Instant::now()).await);
    assert_no_fork(&leaves(&Base::of(&leader)).await, &seen);
}

#[tokio::test]
async fn a_leader_that_wakes_up_late_makes_no_fork() {
    if !on_postgres() {
        return;
    }
    // It sleeps longer than its lease lasts, with a signed batch in its hands.
    let sleeper =
        TestServer::builder().env("FAILPOINTS", "ledger-signed=2*off->1*sleep(6000)->off").start().await;
    push_blob(&sleeper.client(), "acme/app", b"content").await;
    let heir = sleeper.replica().env("FAILPOINTS", "").start().await;
    let (mut seen, begin) = (Vec::new(), Instant::now());
    let mut round = 0;
    wait_until("the sleeper has woken up", async || {
        push_some(&heir.client(), round, 3).await;
        round += 1;
        seen.push(checkpoint(&heir).await.1);
        begin.elapsed() > Duration::from_secs(9)
    })
    .await;
    all_published(&heir).await;
    seen.push(checkpoint(&sleeper).await.1);
    assert_no_fork(&leaves(&Base::of(&heir)).await, &seen);
    let superseded = |line: &String| line.contains("another replica has gone on with the ledger");
    wait_until("it was told", async || sleeper.log().lines().iter().any(superseded)).await;
}
