//! Witnesses cosign the ledger's checkpoints, and none of them holds it up.

use reqwest::StatusCode;
use serde_json::json;
use tlog_tiles::Hash;

use crate::registry::kit::project;
use crate::support::{Behaviour, TestServer, Witness, wait_until};

async fn server(witnesses: &[&Witness]) -> TestServer {
    let witnesses: Vec<String> = witnesses.iter().map(|witness| witness.settings()).collect();
    let witnesses = format!("[{}]", witnesses.join(", "));
    TestServer::builder().env("WAYBILL_LEDGER__WITNESSES", &witnesses).start().await
}

/// What is open to all; none when there is none.
async fn open(server: &TestServer, path: &str) -> Option<String> {
    let answer = server.anonymous().get(path).send().await.unwrap();
    let status = answer.status();
    assert!([StatusCode::OK, StatusCode::NOT_FOUND].contains(&status), "{path}: {status}");
    (status == StatusCode::OK).then_some(answer.text().await.unwrap())
}

async fn checkpoint(server: &TestServer) -> String {
    open(server, "/ledger/checkpoint").await.unwrap_or_default()
}

fn size(note: &str) -> u64 {
    note.lines().nth(1).unwrap_or("0").parse().unwrap()
}

/// Waits until a checkpoint of more entries than this is published; returns it.
async fn published(server: &TestServer, than: u64) -> String {
    wait_until("it is published", async || size(&checkpoint(server).await) > than).await;
    checkpoint(server).await
}

/// Records something and waits until it is published; returns the checkpoint's size.
async fn record(server: &TestServer, name: &str) -> u64 {
    let before = size(&checkpoint(server).await);
    project(server, name, json!({})).await;
    size(&published(server, before).await)
}

async fn all_trust(server: &TestServer, witnesses: &[&Witness]) {
    published(server, 0).await;
    let keys = open(server, "/ledger/key").await.unwrap();
    witnesses.iter().for_each(|witness| witness.trust(&keys));
}

/// Waits until a counter of a witness is not 0.
async fn counted(server: &TestServer, witness: &str, result: &str) {
    wait_until(&format!("{witness} is {result}"), async || {
        let metrics = server.anonymous().get("/metrics").send().await.unwrap().text().await.unwrap();
        metrics.lines().any(|line| {
            line.starts_with("waybill_ledger_cosignatures_total{")
                && line.contains(&format!("witness=\"{witness}\""))
                && line.contains(&format!("result=\"{result}\""))
        })
    })
    .await;
}

async fn logged(server: &TestServer, text: &str) {
    wait_until(text, async || server.log().lines().iter().any(|line| line.contains(text))).await;
}

#[tokio::test]
async fn a_checkpoint_says_who_cosigned() {
    let (one, other) = (Witness::start("one.test/w"), Witness::start("other.test/w"));
    let mut server = server(&[&one, &other]).await;
    published(&server, 0).await;
    // Neither knows the log yet.
    counted(&server, "one.test/w", "refused").await;
    logged(&server, "its operator must add the log's origin").await;
    assert_eq!(open(&server, "/ledger/cosigned").await, None);
    all_trust(&server, &[&one, &other]).await;
    wait_until("both have cosigned", async || {
        let note = checkpoint(&server).await;
        one.has_cosigned(&note) && other.has_cosigned(&note)
    })
    .await;
    counted(&server, "one.test/w", "cosigned").await;

    let first = one.size();
    let newest = record(&server, "second").await;
    wait_until("it is cosigned too", async || {
        let note = open(&server, "/ledger/cosigned").await.unwrap();
        size(&note) == newest && one.has_cosigned(&note) && other.has_cosigned(&note)
    })
    .await;
    assert_eq!(one.state().asked.last(), Some(&first), "it is told what came since it was asked last");

    // The next process knows only from the checkpoint what they have seen.
    server.restart().await;
    let newest = record(&server, "third").await;
    wait_until("it is cosigned by both", async || {
        let note = open(&server, "/ledger/cosigned").await.unwrap();
        size(&note) == newest && one.has_cosigned(&note) && other.has_cosigned(&note)
    })
    .await;
}

#[tokio::test]
async fn a_witness_that_has_seen_more_than_the_server_knows_says_so() {
    let witness = Witness::start("w.test");
    let mut server = server(&[&witness]).await;
    all_trust(&server, &[&witness]).await;
    wait_until("it has cosigned", async || witness.has_cosigned(&checkpoint(&server).await)).await;
    let seen = witness.size();
    // The next server finds a checkpoint that was cosigned by nobody.
    let witnesses = server.variable("WAYBILL_LEDGER__WITNESSES").unwrap().to_owned();
    server.set("WAYBILL_LEDGER__WITNESSES", "[]");
    server.restart().await;
    let newest = record(&server, "unseen").await;
    server.set("WAYBILL_LEDGER__WITNESSES", &witnesses);
    witness.state().asked.clear();
    server.restart().await;
    wait_until("it has cosigned that", async || witness.size() >= newest).await;
    let asked = witness.state().asked.clone();
    assert_eq!(asked[..2], [0, seen], "by its own word");
    let metrics = server.anonymous().get("/metrics").send().await.unwrap().text().await.unwrap();
    let results = metrics.lines().filter(|line| line.starts_with("waybill_ledger_cosignatures_total{"));
    assert!(results.clone().all(|line| line.contains("result=\"cosigned\"")), "at once: {metrics}");
}

#[tokio::test]
async fn none_of_them_holds_the_ledger_up_or_gets_a_word_in() {
    let behaviours = [
        ("slow.test", Behaviour::Slow, "unreachable"),
        ("broken.test", Behaviour::Broken, "refused"),
        ("wrong.test", Behaviour::WrongKey, "invalid"),
        ("garbage.test", Behaviour::Garbage, "invalid"),
        ("huge.test", Behaviour::Huge, "invalid"),
    ];
    let honest = Witness::start("honest.test");
    let elsewhere = Witness::start("elsewhere.test");
    let redirects = format!("{}/add-checkpoint", elsewhere.url);
    let redirects = Witness::start("redirects.test").behaves(Behaviour::Redirects(redirects));
    let dead = Witness::start("dead.test");
    let bad: Vec<Witness> = behaviours
        .iter()
        .map(|(name, behaviour, _)| Witness::start(name).behaves(behaviour.clone()))
        .collect();
    let mut all: Vec<&Witness> = bad.iter().collect();
    all.extend([&redirects, &honest]);
    let mut settings: Vec<&Witness> = all.clone();
    settings.push(&dead);
    let server = server(&settings).await;
    dead.stop().await;
    all.push(&elsewhere);
    all_trust(&server, &all).await;
    wait_until("the honest one has cosigned", async || honest.has_cosigned(&checkpoint(&server).await)).await;
    for name in ["p1", "p2", "p3"] {
        record(&server, name).await;
    }
    for (name, _, result) in behaviours {
        counted(&server, name, result).await;
    }
    counted(&server, "dead.test", "unreachable").await;
    counted(&server, "redirects.test", "refused").await;
    let newest = record(&server, "newest").await;
    wait_until("the newest is cosigned", async || {
        size(&open(&server, "/ledger/cosigned").await.unwrap()) == newest
    })
    .await;
    for path in ["/ledger/checkpoint", "/ledger/cosigned"] {
        let note = open(&server, path).await.unwrap();
        assert!(honest.has_cosigned(&note), "{note}");
        let signatures = note.lines().filter(|line| line.starts_with('\u{2014}')).count();
        assert_eq!(signatures, 2, "the log's and the honest witness's: {note}");
    }
    assert!(elsewhere.state().asked.is_empty(), "no redirect is followed");
}

#[tokio::test]
async fn two_histories_are_an_alarm() {
    let ahead = Witness::start("ahead.test").behaves(Behaviour::Claims(1_000_000));
    let forked = Witness::start("forked.test");
    let same_size = Witness::start("same.test");
    let server = server(&[&ahead, &forked, &same_size]).await;
    all_trust(&server, &[&forked]).await;
    wait_until("it has cosigned", async || forked.has_cosigned(&checkpoint(&server).await)).await;
    for (_, root) in forked.state().seen.values_mut() {
        *root = Hash([7; 32]);
    }
    let note = checkpoint(&server).await;
    let origin = note.lines().next().unwrap().to_owned();
    same_size.state().seen.insert(origin, (size(&note), Hash([7; 32])));
    all_trust(&server, &[&same_size]).await;
    counted(&server, "same.test", "forked").await;
    record(&server, "more").await;
    counted(&server, "forked.test", "forked").await;
    counted(&server, "ahead.test", "ahead").await;
    logged(&server, "it has cosigned 1000000 entries of this log").await;
    logged(&server, "is not the beginning of the published one").await;
    // The log goes on: witnesses are no authority over it.
    record(&server, "still").await;
}

#[tokio::test]
async fn a_witness_must_be_one_that_can_be_asked() {
    let witness = Witness::start("w.test");
    let settings = witness.settings();
    let folder = tempfile::tempdir().unwrap();
    for (witnesses, why) in [
        (format!("[{settings}, {settings}]"), "the witness 'w.test' is there twice"),
        (format!("[{}]", settings.replace("127.0.0.1", "w.test")), "must be the submission prefix"),
        (format!("[{}]", settings.replace("w.test+", "x.test+")), "a verifier key has the form"),
    ] {
        let mut command = crate::support::waybill(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("WAYBILL_LEDGER__WITNESSES", &witnesses);
        let ended = crate::support::run(&mut command);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.stderr.contains(why) && ended.stderr.contains("WITNESSES"), "{ended:?}");
    }
}
