//! A database that is older than the storage: it is noticed, nothing is changed, and a restore heals it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::base::{Base, assert_same_facts};
use super::kit::{all_exported, command, everything, server, succeed};
use crate::audit::assert_sound;
use crate::registry::kit::{bytes, files, push_blob, push_image, sha256, start};
use crate::support::{TestServer, on_postgres, wait_until};

#[tokio::test]
async fn it_is_frozen_until_it_is_restored() {
    let mut server = server().env("WAYBILL_LIMITS__UPLOAD_EXPIRY_SECONDS", "3").start().await;
    everything(&server, 1).await;
    // A session that is open in the old copy, and a blob since.
    let session = start(&server.client(), "p1/app").await;
    server.kill9();
    let old = Base::copy(&server, "old").await;
    let held = old.newest().await;
    server.restart().await;
    let content = bytes(77, 3000);
    let path = format!("{session}?digest={}", sha256(&content));
    assert_eq!(server.client().put(&path).body(content.clone()).send().await.unwrap().status(), 201);
    everything(&server, 2).await;
    all_exported(&server).await;
    server.kill9();
    let stored = Base::of(&server).newest().await;
    let lost = Base::lose(&mut server).await;
    old.give(&mut server).await;
    let before = files(&server);

    server.restart().await;
    let noticed = format!("its last event is {held}, the storage tells of {stored}");
    let log = server.log().lines().join("\n");
    assert!(log.contains(&noticed) && log.contains("waybill restore"), "{log}");
    let ready = server.anonymous().get("/readyz").send().await.unwrap();
    assert_eq!(ready.status(), StatusCode::OK);
    assert_eq!(ready.json::<Value>().await.unwrap()["status"], "read-only");
    let client = server.client();
    let pulled = client.get("/v2/p1/app/manifests/v1").send().await.unwrap();
    assert_eq!(pulled.status(), StatusCode::OK, "pulls go on");
    let token = "/token?service=waybill&scope=repository:p1/app:pull&offline_token=true";
    let token = client.get(token).send().await.unwrap();
    assert_eq!(token.status(), StatusCode::OK, "and tokens for them are given out");
    let push = client.post("/v2/p1/app/blobs/uploads/").send().await.unwrap();
    assert_eq!(push.status(), StatusCode::SERVICE_UNAVAILABLE);
    let create = client.post("/api/v1/projects").json(&json!({ "name": "new" })).send().await.unwrap();
    assert_eq!(create.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(create.json::<Value>().await.unwrap()["code"], "read_only");
    let metrics = server.anonymous().get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("waybill_database_frozen 1"), "{metrics}");
    server.stop().await;
    assert_eq!(files(&server).len(), before.len(), "nothing is swept");
    assert_eq!(Base::of(&server).newest().await, held, "nothing is recorded");

    let restored = succeed(&server, &["restore", "--json", "--replay"]);
    // On PostgreSQL a change that is run again skips a number.
    let since = lost.query(&format!("SELECT kind FROM event WHERE seq > {held}")).await.len();
    assert_eq!(restored["events_replayed"], json!(since));
    assert_same_facts(&lost, &Base::of(&server)).await;
    server.restart().await;
    let client = server.client();
    // The sweep works again; what the old copy took for an open session stays.
    let doomed = start(&client, "p1/app").await;
    wait_until("an expired session is swept", async || {
        client.get(&doomed).send().await.unwrap().status() == StatusCode::NOT_FOUND
            && files(&server).len() < before.len() + 1
    })
    .await;
    let blob = client.get(&format!("/v2/p1/app/blobs/{}", sha256(&content))).send().await.unwrap();
    assert!(blob.bytes().await.unwrap() == content);
    push_image(&client, "p1/app", "after", 9).await;
    assert!(Base::of(&server).newest().await > stored);
    assert_sound(&Base::of(&server)).await;
}

/// On PostgreSQL the larger of two numbers may be committed first, and a copy be made in between.
#[tokio::test]
async fn a_copy_that_lacks_an_event_before_its_last_is_healed() {
    let mut server = server().start().await;
    let create = async |server: &TestServer, name: &str| {
        let created = server.client().post("/api/v1/projects").json(&json!({ "name": name })).send().await;
        assert_eq!(created.unwrap().status(), StatusCode::CREATED);
    };
    create(&server, "before").await;
    let known = Base::of(&server).newest().await;
    create(&server, "late").await;
    create(&server, "early").await;
    all_exported(&server).await;
    server.stop().await;
    let whole = Base::copy(&server, "whole").await;
    let lacking = Base::of(&server);
    let late = "(SELECT id FROM project WHERE name = 'late')";
    for statement in [
        format!("DELETE FROM event WHERE project_id = {late} RETURNING kind"),
        format!("DELETE FROM project_settings WHERE project_id = {late} RETURNING visibility"),
        "DELETE FROM project WHERE name = 'late' RETURNING name".to_owned(),
        format!("UPDATE store_position SET seq = {known} WHERE name = 'events' RETURNING name"),
    ] {
        assert_eq!(lacking.query(&statement).await.len(), 1, "{statement}");
    }
    assert_eq!(lacking.newest().await, whole.newest().await);
    server.restart().await;
    let log = server.log().lines().join("\n");
    assert!(log.contains(&format!("it lacks the event {}", known + 1)), "{log}");
    server.anonymous().get("/healthz").send().await.unwrap();
    server.stop().await;
    assert_eq!(succeed(&server, &["restore", "--json", "--replay"])["events_replayed"], 1);
    let names = "SELECT name FROM project ORDER BY name";
    assert_eq!(Base::of(&server).query(names).await, whole.query(names).await);
    let events = "SELECT kind || CAST(seq AS TEXT) FROM event ORDER BY seq";
    assert_eq!(Base::of(&server).query(events).await, whole.query(events).await);
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn a_blob_that_no_event_tells_of_yet_is_enough() {
    let mut server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    server.stop().await;
    let old = Base::copy(&server, "old").await;
    server.restart().await;
    let digest = push_blob(&server.client(), "acme/app", &bytes(9, 99)).await;
    server.stop().await;
    // The process ended between the inventory and the events, and long before the checkpoint that covers them.
    std::fs::remove_file(server.storage().join("ledger/checkpoint")).unwrap();
    let events = std::fs::read_dir(server.storage().join("events")).unwrap().map(|file| file.unwrap().path());
    let newest = events.filter(|file| file.extension().is_some_and(|end| end == "ndjson")).max().unwrap();
    std::fs::remove_file(newest).unwrap();
    Base::lose(&mut server).await;
    old.give(&mut server).await;
    server.restart().await;
    let log = server.log().lines().join("\n");
    assert!(log.contains(&format!("holds a blob {digest} that it does not know")), "{log}");
    server.anonymous().get("/healthz").send().await.unwrap();
    server.stop().await;
    assert_eq!(succeed(&server, &["restore", "--json", "--replay"])["blobs_added"], 1);
    server.restart().await;
    let ready: Value = server.anonymous().get("/readyz").send().await.unwrap().json().await.unwrap();
    assert_eq!(ready["status"], "ready");
}

#[tokio::test]
async fn nothing_is_pushed_into_a_storage_that_is_not_the_one() {
    let mut server = TestServer::start().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    all_exported(&server).await;
    server.stop().await;
    let away = server.folder().join("away");
    std::fs::rename(server.storage(), &away).unwrap();
    server.restart().await;
    let log = server.log().lines().join("\n");
    assert!(log.contains("the storage is empty") && log.contains("mount the disk"), "{log}");
    let push = server.client().post("/v2/acme/app/blobs/uploads/").send().await.unwrap();
    assert_eq!(push.status(), StatusCode::SERVICE_UNAVAILABLE);
    server.stop().await;
    let _ = std::fs::remove_dir_all(server.storage());
    std::fs::rename(&away, server.storage()).unwrap();
    server.restart().await;
    push_image(&server.client(), "acme/app", "v2", 2).await;
    let pulled = server.client().get(&format!("/v2/acme/app/manifests/{digest}")).send().await.unwrap();
    assert_eq!(pulled.status(), StatusCode::OK);
}

#[tokio::test]
async fn an_empty_database_before_a_full_storage_makes_no_first_user() {
    let mut server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    server.stop().await;
    Base::lose(&mut server).await;
    server.restart().await;
    assert_eq!(server.client().get("/v2/").send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let ready: Value = server.anonymous().get("/readyz").send().await.unwrap().json().await.unwrap();
    assert_eq!(ready["status"], "read-only");
}

#[tokio::test]
async fn two_histories_are_told_apart() {
    let mut server = TestServer::start().await;
    server.anonymous().get("/healthz").send().await.unwrap();
    server.stop().await;
    let old = Base::copy(&server, "old").await;
    let events = server.storage().join("events");
    server.restart().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let log = server.stop().await;
    assert!(events.is_dir(), "{}", log.lines().join("\n"));
    let first = server.folder().join("first");
    std::fs::create_dir(&first).unwrap();
    for file in std::fs::read_dir(&events).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), first.join(file.file_name())).unwrap();
    }
    // The old copy went on by itself, as a version could that did not look.
    for folder in ["events", "inventory", "ledger"] {
        std::fs::remove_dir_all(server.storage().join(folder)).unwrap();
    }
    Base::lose(&mut server).await;
    old.give(&mut server).await;
    Base::of(&server).query("UPDATE store_position SET seq = 0 RETURNING name").await;
    server.restart().await;
    push_image(&server.client(), "acme/app", "v1", 2).await;
    push_image(&server.client(), "acme/app", "v2", 3).await;
    server.kill9();
    // A bucket has it only if something was copied.
    let _ = std::fs::remove_dir_all(&events);
    std::fs::rename(first, &events).unwrap();
    let known = old.newest().await;
    let reset = format!("UPDATE store_position SET seq = {known} RETURNING name");
    Base::of(&server).query(&reset).await;
    server.restart().await;
    let log = server.log().lines().join("\n");
    assert!(log.contains("hold different events"), "{log}");
    server.anonymous().get("/healthz").send().await.unwrap();
    server.stop().await;
    let ended = command(&server, &["restore", "--replay"]);
    // On PostgreSQL a change that is run again skips a number.
    let first = if on_postgres() { String::new() } else { format!(" {}", known + 1) };
    assert!(ended.stderr.contains(&format!("hold different events{first}")), "{}", ended.stderr);
}
