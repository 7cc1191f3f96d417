//! Copies of the ledger's checkpoints in a second place: what is rolled back as a whole is seen there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::backup::base::Base;
use crate::registry::kit::project;
use crate::support::{S3, TestServer, wait_until};

const COPY: &str = "WAYBILL_LEDGER__CHECKPOINT_COPY";

/// A server with a second place of its own.
async fn server(place: &Path) -> TestServer {
    let url = format!("file://{}", place.display());
    TestServer::builder().disk().env(COPY, &url).start().await
}

async fn checkpoint(server: &TestServer) -> String {
    let answer = server.anonymous().get("/ledger/checkpoint").send().await.unwrap();
    if answer.status() == StatusCode::OK { answer.text().await.unwrap() } else { String::new() }
}

fn size(note: &str) -> u64 {
    note.lines().nth(1).unwrap_or("0").parse().unwrap()
}

/// The copies by their names.
fn copies(place: &Path) -> Vec<String> {
    let Ok(found) = std::fs::read_dir(place.join("checkpoints")) else { return Vec::new() };
    // One that is on its way has another name.
    let names = found.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.len() == 20).collect();
    names.sort_unstable();
    names
}

/// Waits until the published checkpoint is copied; returns it.
async fn copied(server: &TestServer, place: &Path) -> String {
    let mut note = String::new();
    wait_until("the newest checkpoint is copied", async || {
        note = checkpoint(server).await;
        let path = place.join(format!("checkpoints/{:020}", size(&note)));
        size(&note) > 0 && std::fs::read_to_string(path).is_ok_and(|copy| copy == note)
    })
    .await;
    note
}

/// Records something and waits until its checkpoint is copied.
async fn record(server: &TestServer, place: &Path, name: &str) -> u64 {
    let before = size(&checkpoint(server).await);
    project(server, name, json!({})).await;
    wait_until("it is published", async || size(&checkpoint(server).await) > before).await;
    size(&copied(server, place).await)
}

async fn metrics(server: &TestServer) -> String {
    server.anonymous().get("/metrics").send().await.unwrap().text().await.unwrap()
}

async fn logged(server: &TestServer, text: &str) {
    wait_until(text, async || server.log().lines().iter().any(|line| line.contains(text))).await;
}

/// What can be asked of a server that must not go on.
async fn assert_read_only(server: &TestServer) {
    let ready = server.anonymous().get("/readyz").send().await.unwrap();
    assert_eq!(ready.json::<Value>().await.unwrap()["status"], "read-only");
    let create =
        server.client().post("/api/v1/projects").json(&json!({ "name": "new" })).send().await.unwrap();
    assert_eq!(create.status(), StatusCode::SERVICE_UNAVAILABLE);
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => drop(std::fs::copy(entry.path(), to).unwrap()),
        }
    }
}

/// Database and storage as they were at a moment.
struct Moment {
    base: Base,
    storage: PathBuf,
}

impl Moment {
    /// Takes them. The server must not be running.
    async fn of(server: &TestServer, name: &str) -> Self {
        let storage = server.folder().join(name).join("storage");
        copy_folder(&server.storage(), &storage);
        Self { base: Base::copy(server, name).await, storage }
    }

    /// Puts both back.
    async fn put_back(&self, server: &mut TestServer) {
        Base::lose(server).await;
        self.base.give(server).await;
        std::fs::remove_dir_all(server.storage()).unwrap();
        copy_folder(&self.storage, &server.storage());
    }
}

#[tokio::test]
async fn each_checkpoint_is_copied() {
    let place = tempfile::tempdir().unwrap();
    let mut server = server(place.path()).await;
    let first = size(&copied(&server, place.path()).await);
    let second = record(&server, place.path(), "second").await;
    assert!(second > first && copies(place.path()).len() >= 2, "{:?}", copies(place.path()));
    assert!(metrics(&server).await.contains(&format!("waybill_ledger_copied_size {second}")));
    // What is published at a stop is copied then.
    project(&server, "third", json!({})).await;
    server.stop().await;
    let last = copies(place.path()).last().unwrap().parse::<u64>().unwrap();
    server.restart().await;
    assert!(last > second && size(&checkpoint(&server).await) >= last);
    record(&server, place.path(), "fourth").await;

    // An empty place of the same name is a disk that is not mounted; one of another name is another.
    server.stop().await;
    let other = place.path().join("other");
    std::fs::rename(place.path().join("checkpoints"), &other).unwrap();
    server.restart().await;
    project(&server, "fifth", json!({})).await;
    logged(&server, "and is not there: mount the disk").await;
    server.set(COPY, &format!("file://{}", other.display()));
    server.restart().await;
    record(&server, &other, "sixth").await;
    assert!(copies(place.path()).is_empty());
}

#[tokio::test]
async fn a_bucket_can_be_the_second_place() {
    let s3 = Arc::new(S3::start());
    let url = s3.variables().into_iter().find(|(name, _)| *name == "WAYBILL_STORAGE_URL").unwrap().1;
    let (bucket, parameters) = url.split_once('?').unwrap();
    let url = format!("{bucket}/second?{parameters}");
    let mut server = TestServer::builder().s3(&s3).env(COPY, &url).start().await;
    let place = s3.storage().join("second");
    let first = size(&copied(&server, &place).await);
    server.restart().await;
    let second = record(&server, &place, "second").await;
    assert!(second > first && copies(&place).len() >= 2);
    assert!(!server.log().lines().iter().any(|line| line.contains("copies")), "it is as it was left");
}

#[tokio::test]
async fn what_is_rolled_back_as_a_whole_is_seen_in_the_copies() {
    let place = tempfile::tempdir().unwrap();
    let mut server = server(place.path()).await;
    let held = size(&copied(&server, place.path()).await);
    server.stop().await;
    let old = Moment::of(&server, "old").await;
    server.restart().await;
    record(&server, place.path(), "lost").await;
    server.stop().await;
    let published: u64 = copies(place.path()).last().unwrap().parse().unwrap();
    let now = Moment::of(&server, "now").await;

    old.put_back(&mut server).await;
    server.restart().await;
    let log = server.log().lines().join("\n");
    assert!(log.contains(&format!("has {held} entries, a checkpoint of {published} was published")), "{log}");
    assert!(log.contains("ledger.checkpoint_copy") && log.contains("only read"), "{log}");
    assert_read_only(&server).await;
    server.stop().await;
    let newest: u64 = copies(place.path()).last().unwrap().parse().unwrap();
    assert_eq!(newest, published, "nothing is copied");

    now.put_back(&mut server).await;
    server.restart().await;
    record(&server, place.path(), "after").await;
}

#[tokio::test]
async fn another_history_is_seen_once_the_copies_can_be_read_again() {
    let place = tempfile::tempdir().unwrap();
    let mut server = server(place.path()).await;
    copied(&server, place.path()).await;
    server.stop().await;
    let old = Moment::of(&server, "old").await;
    server.restart().await;
    let lost = record(&server, place.path(), "lost").await;
    server.stop().await;
    old.put_back(&mut server).await;
    // The place does not answer: a file is where its folder should be. The log goes on, and beyond the copies.
    let (folder, away) = (place.path().join("checkpoints"), place.path().join("away"));
    std::fs::rename(&folder, &away).unwrap();
    std::fs::write(&folder, "not a folder").unwrap();
    server.restart().await;
    for name in ["other", "others", "more"] {
        project(&server, name, json!({})).await;
    }
    wait_until("it is published", async || size(&checkpoint(&server).await) > lost).await;
    wait_until("it is noticed", async || {
        metrics(&server).await.contains("waybill_ledger_checkpoint_copies_total{result=\"failed\"}")
    })
    .await;
    let warned = |server: &TestServer| {
        let lines = server.log().lines();
        lines.iter().filter(|line| line.contains("the ledger's checkpoints are not copied")).count()
    };
    assert_eq!(warned(&server), 1);
    std::fs::remove_file(&folder).unwrap();
    std::fs::rename(&away, &folder).unwrap();
    logged(&server, "are of different trees").await;
    assert_read_only(&server).await;
    assert_eq!(warned(&server), 1, "once per outage");
}

#[tokio::test]
async fn what_others_sign_there_stops_nobody() {
    let place = tempfile::tempdir().unwrap();
    let mut server = server(place.path()).await;
    let note = copied(&server, place.path()).await;
    server.stop().await;
    // As whoever can write there could make one.
    let ours = format!("\n{}\n", size(&note));
    let forged = note.replacen(&ours, "\n1000000\n", 1);
    assert_ne!(forged, note);
    let forgery = place.path().join(format!("checkpoints/{:020}", 1_000_000));
    for content in [forged.as_str(), "garbage", ""] {
        std::fs::write(&forgery, content).unwrap();
        server.restart().await;
        let before = size(&checkpoint(&server).await);
        project(&server, &format!("p{}", content.len()), json!({})).await;
        wait_until("the log goes on", async || size(&checkpoint(&server).await) > before).await;
        let log = server.log().lines().join("\n");
        assert!(log.contains("checkpoints/00000000000001000000, among the copies"), "{log}");
        server.stop().await;
    }
    std::fs::remove_file(&forgery).unwrap();
    server.restart().await;
    record(&server, place.path(), "after").await;
}
