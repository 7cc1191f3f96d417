//! The database is lost: a backup and the storage bring it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json as value};

use super::base::{Base, assert_same_facts};
use super::kit::{all_exported, back_up, command, everything, exported, run_with_password, server, succeed};
use crate::audit::assert_sound;
use crate::registry::kit::{bytes, events, push_blob, push_image, sha256};
use crate::support::{TestServer, run};
use crate::tokens::kit::{json, status_by};

/// All tags and manifests of an installation, with what they answer.
async fn contents(server: &TestServer) -> Vec<(String, String, String)> {
    let client = server.client();
    let catalog: Value = client.get("/v2/_catalog?n=1000").send().await.unwrap().json().await.unwrap();
    let mut contents = Vec::new();
    for repo in catalog["repositories"].as_array().unwrap() {
        let repo = repo.as_str().unwrap();
        let tags: Value =
            client.get(&format!("/v2/{repo}/tags/list")).send().await.unwrap().json().await.unwrap();
        for tag in tags["tags"].as_array().unwrap() {
            let path = format!("/v2/{repo}/manifests/{}", tag.as_str().unwrap());
            let answer = client.get(&path).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let digest = answer.headers()["docker-content-digest"].to_str().unwrap().to_owned();
            let manifest = answer.text().await.unwrap();
            assert_eq!(sha256(manifest.as_bytes()), digest);
            let parsed: Value = serde_json::from_str(&manifest).unwrap();
            for layer in parsed["layers"].as_array().into_iter().flatten() {
                let layer = layer["digest"].as_str().unwrap();
                let blob = client.get(&format!("/v2/{repo}/blobs/{layer}")).send().await.unwrap();
                assert_eq!(sha256(&blob.bytes().await.unwrap()), layer);
            }
            contents.push((path, digest, manifest));
        }
    }
    assert!(contents.len() > 3);
    contents
}

#[tokio::test]
async fn a_backup_and_the_storage_bring_it_back() {
    let mut server = server().start().await;
    everything(&server, 1).await;
    let post = server.client().post("/api/v1/tokens");
    let lost_laptop = json(post.json(&value!({ "name": "laptop" })), 201).await;
    // The backup is made while pushes are under way.
    let (next, done) = (Arc::new(AtomicU64::new(1000)), Arc::new(AtomicBool::new(false)));
    let pushers = (0..3).map(|_| {
        let (client, next, done) = (server.client(), Arc::clone(&next), Arc::clone(&done));
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                push_image(&client, "busy/app", &format!("t{seed}"), seed).await;
            }
        })
    });
    let pushers: Vec<_> = pushers.collect();
    let mut backup = server.command();
    backup.args(["backup", "--json", "--to", "the.backup"]);
    let ended = tokio::task::spawn_blocking(move || run(&mut backup)).await.unwrap();
    let told: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    done.store(true, Ordering::Relaxed);
    join_all(pushers).await.into_iter().for_each(Result::unwrap);
    assert!(told["rows"].as_u64().unwrap() > 100, "{told}");
    everything(&server, 2).await;
    json(server.client().delete(&format!("/api/v1/tokens/{}", lost_laptop["id"].as_str().unwrap())), 204)
        .await;
    assert_eq!(server.client().delete("/v2/p1/app/manifests/v1").send().await.unwrap().status(), 202);
    let (before, told_before) = (contents(&server).await, events(&server.client()).await);
    all_exported(&server).await;
    server.kill9();
    let last = Base::of(&server).newest().await;
    assert!(last > told["last_event"].as_i64().unwrap());
    let lost = Base::lose(&mut server).await;
    let beyond = format!("SELECT CAST(COUNT(*) AS TEXT) FROM event WHERE seq > {}", told["last_event"]);
    let beyond: i64 = lost.query(&beyond).await[0].parse().unwrap();

    let restored = succeed(&server, &["restore", "--json", "--from", "the.backup"]);
    assert_eq!(restored["last_event"], value!(last));
    assert_eq!(restored["events_replayed"].as_i64().unwrap(), beyond);
    let locked_out: Vec<&str> = restored["users_without_password"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap())
        .collect();
    assert_eq!(locked_out.len(), 2, "those of the second round, who come without names: {locked_out:?}");
    assert_same_facts(&lost, &Base::of(&server)).await;

    server.restart().await;
    assert_eq!(contents(&server).await, before);
    assert_eq!(events(&server.client()).await, told_before);
    for path in ["/v2/p1/app/manifests/v1", "/v2/p2/app/manifests/v2"] {
        assert_eq!(server.client().get(path).send().await.unwrap().status(), 404, "{path} was deleted");
    }
    let secret = lost_laptop["secret"].as_str().unwrap();
    assert_eq!(status_by(&server, secret, "/v2/").await, 401, "what was revoked since stays revoked");
    // Who was there before the backup logs in as before; who came later gets a password first.
    assert_eq!(
        server.client_of("one1", "one1-has-a-password").get("/v2/").send().await.unwrap().status(),
        429
    );
    let change = value!({ "password": "a password by the administrator" });
    let path = format!("/api/v1/users/{}", locked_out[0]);
    assert!(server.client().patch(&path).json(&change).send().await.unwrap().status().is_success());
    let next = events(&server.client()).await.len();
    assert_eq!(next, told_before.len() + 1, "the events go on");
    let base = Base::of(&server);
    let after = base.query(&format!("SELECT kind FROM event WHERE seq > {last} ORDER BY seq")).await;
    assert_eq!(base.newest().await - last, after.len() as i64, "without a gap");
    assert!(after.contains(&"user.password_changed".to_owned()), "{after:?}");
    push_image(&server.client(), "p1/app", "after", 9).await;
    all_exported(&server).await;
    let again = succeed_stopped(&mut server, &["restore", "--json", "--replay"]).await;
    assert_eq!(again["events_replayed"], value!(0), "there is nothing beyond it");
    assert_sound(&Base::of(&server)).await;
}

async fn succeed_stopped(server: &mut TestServer, arguments: &[&str]) -> Value {
    server.stop().await;
    succeed(server, arguments)
}

#[tokio::test]
async fn the_storage_alone_brings_it_back() {
    let mut server = server().start().await;
    everything(&server, 1).await;
    let before = contents(&server).await;
    // A stop copies the last events by itself.
    let log = server.stop().await;
    let last = Base::of(&server).newest().await;
    assert_eq!(exported(&server), last, "{}", log.lines().join("\n"));
    let lost = Base::lose(&mut server).await;
    let restored = run_with_password(&server, &["restore", "--json", "--from-storage"]);
    assert_eq!(restored["new_password"]["user"], "admin");
    assert_eq!(restored["last_event"], value!(last));
    server.restart().await;
    assert_eq!(contents(&server).await, before);
    server.stop().await;
    // The administrator's new password is an event more, and so are the keys that the start made.
    let mine = Base::of(&server);
    assert_sound(&mine).await;
    let newer = format!("SELECT kind FROM event WHERE seq > {last} ORDER BY seq");
    assert_eq!(mine.query(&newer).await, ["user.password_changed", "key.created", "key.created"]);
    let forget = format!("DELETE FROM event WHERE seq > {last} RETURNING kind");
    mine.query(&forget).await;
    assert_same_facts(&lost, &mine).await;
}

#[tokio::test]
async fn a_backup_moves_between_databases() {
    let mut server = server().start().await;
    everything(&server, 1).await;
    server.stop().await;
    back_up(&server, "first.backup");
    let first = Base::of(&server);
    let file = Base::at(&server.folder().join("moved.db"));
    succeed(&server, &["restore", "--json", "--from", "first.backup", "--database-url", file.url()]);
    assert_same_facts(&first, &file).await;
    succeed(&server, &["backup", "--json", "--to", "second.backup", "--database-url", file.url()]);
    Base::lose(&mut server).await;
    succeed(&server, &["restore", "--json", "--from", "second.backup"]);
    assert_same_facts(&first, &Base::of(&server)).await;
    let tables = |name: &str| {
        let text = std::fs::read_to_string(server.folder().join(name)).unwrap();
        let same = |line: &&str| !["{\"backup\"", "{\"closed\""].iter().any(|start| line.starts_with(start));
        text.lines().filter(same).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(tables("first.backup"), tables("second.backup"), "whichever database it comes from");
    server.restart().await;
    contents(&server).await;
}

#[tokio::test]
async fn a_restore_takes_no_risks() {
    let mut server = server().start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    back_up(&server, "the.backup");
    let again = command(&server, &["backup", "--to", "the.backup"]);
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    let folder = back_up(&server, ".");
    assert!(folder["file"].as_str().unwrap().starts_with("./waybill-"), "{folder}");
    let running = command(&server, &["restore", "--from", "the.backup"]);
    assert!(running.stderr.contains("in use by another waybill"), "{}", running.stderr);
    server.stop().await;
    let full = command(&server, &["restore", "--from", "the.backup"]);
    assert!(full.stderr.contains("not empty"), "{}", full.stderr);
    Base::lose(&mut server).await;
    let empty = command(&server, &["restore", "--replay"]);
    assert!(empty.stderr.contains("is empty"), "{}", empty.stderr);
    let nothing = command(&server, &["restore"]);
    assert_eq!(nothing.code, Some(2), "{}", nothing.stderr);
    succeed(&server, &["restore", "--json", "--from", "the.backup"]);
    server.restart().await;
    push_blob(&server.client(), "acme/app", &bytes(5, 10)).await;
}
