//! What a verifier remembers: a log that goes back, that forks, or that is another.

use serde_json::Value;

use super::kit::{fails, grow, holds, report, unread, verify};
use crate::backup::kit::{command, succeed};
use crate::ledger::kit::{checkpoint, keys};
use crate::support::TestServer;

fn export(server: &TestServer, name: &str) {
    succeed(server, &["ledger", "export", "--json", "--to", name]);
}

fn seen(server: &TestServer) -> Value {
    serde_json::from_slice(&std::fs::read(server.folder().join("seen")).unwrap()).unwrap()
}

#[tokio::test]
async fn a_log_that_goes_back_is_refused() {
    let server = TestServer::start().await;
    grow(&server, 1, 5).await;
    let (_, small) = checkpoint(&server).await;
    export(&server, "small");
    report(&server, &["--from", "small", "--state", "seen"]);
    grow(&server, 2, 5).await;
    let (note, large) = checkpoint(&server).await;
    std::fs::write(server.folder().join("copy"), note.to_string()).unwrap();
    // It grows, by a URL, which shows hashes only; all that is seen is remembered.
    let (before, base) = (seen(&server), server.base());
    let told = holds(&server, &["--url", &base, "--state", "seen"]);
    let consistent = format!(
        "; consistent with the checkpoint seen on {} of size {}\n",
        before["seen_at"].as_str().unwrap(),
        small.size
    );
    assert!(told.contains(&consistent), "{told}");
    let now = seen(&server);
    assert_eq!(now["checkpoint"], note.to_string());
    // The same log, as it was.
    let message = format!(
        "the log was rolled back: the checkpoint seen on {} has {} entries, the log shows {}",
        now["seen_at"].as_str().unwrap(),
        large.size,
        small.size
    );
    fails(&server, &["--from", "small", "--state", "seen"], &message);
    let message = format!(
        "the log was rolled back: the checkpoint in copy has {} entries, the log shows {}",
        large.size, small.size
    );
    let key = keys(&server).await[0].to_string();
    fails(&server, &["--from", "small", "--against", "copy", "--key", &key], &message);
    assert_eq!(seen(&server), now, "it forgot what it saw");
    // Memory that can't be read is no empty one.
    std::fs::write(server.folder().join("seen"), "{}").unwrap();
    let ended = verify(&server, &["--from", "small", "--state", "seen"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.starts_with("waybill: the state file seen can't be used: "), "{}", ended.stderr);
}

#[tokio::test]
async fn another_log_is_refused() {
    let named = |origin: &str| TestServer::builder().env("WAYBILL_LEDGER__ORIGIN", origin);
    let first = named("one.test/ledger").start().await;
    grow(&first, 1, 5).await;
    let (note, seen_of_first) = checkpoint(&first).await;
    let copy = first.folder().join("copy");
    std::fs::write(&copy, note.to_string()).unwrap();
    report(&first, &["--state", "seen"]);
    let at = seen(&first)["seen_at"].as_str().unwrap().to_owned();
    let state = first.folder().join("seen").display().to_string();
    // By name.
    let other = named("other.test/ledger").start().await;
    grow(&other, 1, 5).await;
    let message = format!(
        "the checkpoint seen on {at} is of the log 'one.test/ledger', this one is 'other.test/ledger'"
    );
    fails(&other, &["--state", &state], &message);
    let key = keys(&first).await[0].to_string();
    let message =
        "the checkpoint: the checkpoint is of the log 'other.test/ledger', not of 'one.test/ledger'";
    fails(&other, &["--key", &key], message);
    // By key, where the names are the same.
    let twin = named("one.test/ledger").start().await;
    grow(&twin, 1, 8).await;
    let message = "the checkpoint: the checkpoint is signed by none of the log's keys";
    fails(&twin, &["--state", &state], message);
    // By what it holds, where both keys are trusted: two histories.
    export(&twin, "twin");
    let keys = [key, keys(&twin).await[0].to_string()];
    let ended = verify(&twin, &["--from", "twin", "--state", &state, "--key", &keys[0], "--key", &keys[1]]);
    let begins =
        format!("waybill: the log was forked: its first {} entries hash to the root ", seen_of_first.size);
    let ends = format!(", the checkpoint seen on {at} says {}\n", seen_of_first.root);
    assert!(ended.stderr.starts_with(&begins) && ended.stderr.ends_with(&ends), "{}", ended.stderr);
    // A copy that nobody signed is no evidence.
    let copy = copy.display().to_string();
    let message = format!("the checkpoint in {copy}: the checkpoint is signed by none of the log's keys");
    fails(&twin, &["--from", "twin", "--key", &keys[1], "--against", &copy], &message);
}

#[tokio::test]
async fn what_does_not_go_together_is_refused() {
    let server = TestServer::start().await;
    for arguments in [
        ["--url", "http://127.0.0.1:1", "--from", "a"].as_slice(),
        &["--from", "a", "--data-dir", "b"],
        &["--user", "ann"],
        &["--key", "none"],
        &["--url", "http://127.0.0.1:1", "--user", "ann"],
    ] {
        let ended = verify(&server, arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {}", ended.stderr);
    }
    for (url, why) in [
        ("registry", "it is no URL, such as https://registry.example.org"),
        ("file:///a", "a log is read by http or https"),
        ("https://ann:secret@registry.test", "a secret has no place in a URL: use --user"),
    ] {
        unread(&server, &["--url", url], &format!("{url}: {why}"));
    }
    let mut sent = server.command();
    sent.args(["verify", "ledger", "--url", "http://registry.test"]).env("WAYBILL_VERIFY_TOKEN", "x");
    let ended = crate::support::run(&mut sent);
    assert_eq!(ended.stderr, "waybill: http://registry.test: a password or token is sent by https only\n");
    let none = command(&server, &["verify", "ledger", "--from", "none"]);
    assert_eq!((none.code, none.stdout.as_str()), (Some(3), ""));
}
