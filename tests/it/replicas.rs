//! Several servers on one database and one storage, as behind a balancer without sticky sessions. Passed over on SQLite,
//! which has room for one server only.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::registry::kit::{bytes, events, header, image, push_blob, push_image, put, sha256, start, user};
use crate::support::{Client, TestServer, on_postgres, wait_until};
use crate::tokens::kit::{access_token, status_by};

/// How long what a replica remembers may outlive a change made by another (design, Transactions and speed), and what a
/// busy machine may add to a request.
const BELIEF: Duration = Duration::from_secs(2);
const GRACE: Duration = Duration::from_secs(3);

async fn two() -> Option<(TestServer, TestServer)> {
    if !on_postgres() {
        return None;
    }
    let first = TestServer::start().await;
    let second = first.replica().start().await;
    Some((first, second))
}

/// Waits for an answer with this status, which must come by the 2-second rule.
async fn soon(client: &Client, path: &str, status: StatusCode) {
    let begin = Instant::now();
    wait_until("the other replica has heard of it", async || {
        client.get(path).send().await.unwrap().status() == status
    })
    .await;
    assert!(begin.elapsed() < BELIEF + GRACE, "after {:?}", begin.elapsed());
}

#[tokio::test]
async fn what_is_deleted_or_closed_on_one_is_gone_on_the_other() {
    let Some((first, second)) = two().await else { return };
    let (here, there) = (first.client(), second.client());
    let digest = push_blob(&here, "acme/app", b"content").await;
    let manifest = image(&here, "acme/app", 1).await;
    assert_eq!(put(&here, "acme/app", "v1", &manifest).await.status(), StatusCode::CREATED);
    let settings = async |visibility: &str| {
        let project = here.get("/api/v1/projects/acme").send().await.unwrap();
        let edit = here
            .patch("/api/v1/projects/acme")
            .header("if-match", header(&project, "etag"))
            .json(&json!({ "visibility": visibility }));
        assert_eq!(edit.send().await.unwrap().status(), StatusCode::OK);
    };
    settings("public").await;
    let blob = format!("/v2/acme/app/blobs/{digest}");
    let tag = "/v2/acme/app/manifests/v1";
    // Both have it in mind from here on.
    for path in [blob.as_str(), tag] {
        assert_eq!(here.get(path).send().await.unwrap().status(), StatusCode::OK);
        assert_eq!(there.get(path).send().await.unwrap().status(), StatusCode::OK);
    }
    soon(&second.anonymous(), tag, StatusCode::OK).await;
    settings("private").await;
    assert_eq!(first.anonymous().get(tag).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    soon(&second.anonymous(), tag, StatusCode::UNAUTHORIZED).await;
    assert_eq!(here.delete(&blob).send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(here.get(&blob).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    soon(&there, &blob, StatusCode::NOT_FOUND).await;
    let manifest = format!("/v2/acme/app/manifests/{}", sha256(manifest.to_string().as_bytes()));
    assert_eq!(there.get(&manifest).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(here.delete(&manifest).send().await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(here.get(tag).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    soon(&there, tag, StatusCode::NOT_FOUND).await;
    soon(&there, &manifest, StatusCode::NOT_FOUND).await;
}

#[tokio::test]
async fn a_removed_member_is_out_everywhere() {
    let Some((first, second)) = two().await else { return };
    let admin = first.client();
    push_blob(&admin, "acme/app", b"content").await;
    assert_eq!(
        put(&admin, "acme/app", "v1", &image(&admin, "acme/app", 1).await).await.status(),
        StatusCode::CREATED
    );
    let ann = user(&first, "ann", "publisher", json!({ "project": "acme" })).await;
    let token = access_token(&ann, &["repository:acme/app:pull,push"]).await;
    let path = "/v2/acme/app/manifests/v1";
    // Both have it in mind from here on.
    for server in [&first, &second] {
        assert_eq!(status_by(server, &token, path).await, 200);
    }
    let bindings = admin.get("/api/v1/role-bindings?user=ann").send().await.unwrap();
    let bindings: Value = bindings.json().await.unwrap();
    let id = bindings["items"][0]["id"].as_str().unwrap();
    let removed = admin.delete(&format!("/api/v1/role-bindings/{id}")).send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    let begin = Instant::now();
    assert_eq!(status_by(&first, &token, path).await, 403);
    wait_until("the other replica has heard of it", async || status_by(&second, &token, path).await == 403)
        .await;
    assert!(begin.elapsed() < BELIEF + GRACE, "after {:?}", begin.elapsed());
    let disabled = admin.patch("/api/v1/users/ann").json(&json!({ "disabled": true })).send().await.unwrap();
    assert_eq!(disabled.status(), StatusCode::OK);
    let begin = Instant::now();
    assert_eq!(status_by(&first, &token, path).await, 401);
    wait_until("the other replica has heard of it", async || status_by(&second, &token, path).await == 401)
        .await;
    assert!(begin.elapsed() < BELIEF + GRACE, "after {:?}", begin.elapsed());
}

#[tokio::test]
async fn a_trust_policy_holds_everywhere() {
    let Some((first, second)) = two().await else { return };
    let admin = first.client();
    push_image(&admin, "acme/app", "v1", 1).await;
    user(&first, "ann", "reader", json!({ "project": "acme" })).await;
    let there = second.client_of("ann", "ann-has-a-password");
    let (tag, own, organisation) =
        ("/v2/acme/app/manifests/v1", "/api/v1/projects/acme/trust-policy", "/api/v1/trust-policy");
    // It has in mind that there is none from here on.
    soon(&there, tag, StatusCode::OK).await;
    for path in [organisation, own] {
        let set = admin.put(path).json(&json!({ "pull": "deny" })).send().await.unwrap();
        assert_eq!(set.status(), StatusCode::CREATED);
        soon(&there, tag, StatusCode::FORBIDDEN).await;
        let edit = admin.put(path).header("if-match", "\"1\"").json(&json!({ "pull": "warn" }));
        assert_eq!(edit.send().await.unwrap().status(), StatusCode::OK);
        soon(&there, tag, StatusCode::OK).await;
    }
    let edit = admin.put(organisation).header("if-match", "\"2\"").json(&json!({ "pull": "deny" }));
    assert_eq!(edit.send().await.unwrap().status(), StatusCode::OK);
    let removed = admin.delete(own).header("if-match", "\"2\"").send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    soon(&there, tag, StatusCode::FORBIDDEN).await;
}

#[tokio::test]
async fn a_hundred_manifests_race_through_two_for_one_immutable_tag() {
    let Some((first, second)) = two().await else { return };
    let clients = [first.client(), second.client()];
    // The project is made before, by one: what races is the tag.
    push_blob(&clients[0], "acme/app", b"content").await;
    let manifests = join_all((0..100_usize).map(|seed| {
        let client = &clients[seed % 2];
        async move { image(client, "acme/app", seed as u64).await }
    }))
    .await;
    let puts =
        manifests.iter().enumerate().map(|(at, manifest)| put(&clients[at % 2], "acme/app", "v1", manifest));
    let answers = join_all(puts).await;
    let count = |status| answers.iter().filter(|answer| answer.status() == status).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::CONFLICT)), (1, 99));
    let told = events(&clients[1]).await;
    assert_eq!(told.iter().filter(|event| event["kind"] == "tag.created").count(), 1);
}

#[tokio::test]
async fn an_upload_ends_elsewhere_after_its_replica_was_killed() {
    let Some((mut first, second)) = two().await else { return };
    let content = bytes(5, 12_000_000);
    let location = start(&first.client(), "acme/app").await;
    let mut sent = 0;
    for length in [5_500_000, 1000, 700_000] {
        let range = format!("{sent}-{}", sent + length - 1);
        let chunk = content[sent..sent + length].to_vec();
        let patch = first.client().patch(&location).header("content-range", range).body(chunk);
        assert_eq!(patch.send().await.unwrap().status(), StatusCode::ACCEPTED);
        sent += length;
    }
    first.kill9();
    let there = second.client();
    let status = there.get(&location).send().await.unwrap();
    assert_eq!(header(&status, "range"), format!("0-{}", sent - 1));
    let digest = sha256(&content);
    let put = there.put(&format!("{location}?digest={digest}")).body(content[sent..].to_vec());
    assert_eq!(put.send().await.unwrap().status(), StatusCode::CREATED);
    let pulled = there.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
    assert!(pulled.bytes().await.unwrap() == content);
}

/// How long replicas are killed: `WAYBILL_TEST_SECONDS`, or a little.
fn chaos() -> Duration {
    let seconds = std::env::var("WAYBILL_TEST_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(8))
}

/// The replicas of the moment; a client that loses one tries the next.
struct Fleet {
    bases: std::sync::Mutex<Vec<String>>,
    turn: AtomicU64,
}

impl Fleet {
    fn client(&self) -> Client {
        let bases = self.bases.lock().unwrap();
        let turn = usize::try_from(self.turn.fetch_add(1, Ordering::Relaxed)).unwrap();
        Client::new(bases[turn % bases.len()].clone(), Some(("admin", crate::support::ADMIN_PASSWORD)))
    }

    /// Does as a client does that only retries, until it succeeds.
    async fn until_ok(&self, what: &str, step: impl AsyncFn(Client) -> Option<StatusCode>) {
        wait_until(what, async || match step(self.client()).await {
            // No answer, or one that says to try again.
            None => false,
            Some(status) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => false,
            Some(status) => {
                assert!(status.is_success(), "{what}: {status}");
                true
            }
        })
        .await;
    }

    async fn push_and_pull(&self, seed: u64) {
        let content = bytes(seed, 1000 + usize::try_from(seed * 7919 % 300_000).unwrap());
        let digest = sha256(&content);
        let post = format!("/v2/acme/app/blobs/uploads/?digest={digest}");
        self.until_ok("a blob is pushed", async |client| {
            Some(client.post(&post).body(content.clone()).send().await.ok()?.status())
        })
        .await;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": crate::registry::kit::IMAGE,
            "config": crate::registry::kit::descriptor("a/b", &digest, content.len()),
            "layers": [],
        });
        self.until_ok("a manifest is pushed", async |client| {
            let put = client
                .put(&format!("/v2/acme/app/manifests/t{seed}"))
                .header("content-type", crate::registry::kit::IMAGE)
                .body(manifest.to_string());
            Some(put.send().await.ok()?.status())
        })
        .await;
        self.check(seed, &content, &manifest.to_string()).await;
    }

    async fn check(&self, seed: u64, content: &[u8], manifest: &str) {
        let blob = format!("/v2/acme/app/blobs/{}", sha256(content));
        for (path, expected) in
            [(format!("/v2/acme/app/manifests/t{seed}"), manifest.as_bytes()), (blob, content)]
        {
            self.until_ok("it is pulled", async |client| {
                let answer = client.get(&path).send().await.ok()?;
                let status = answer.status();
                let body = answer.bytes().await.ok()?;
                assert!(status != StatusCode::OK || body == expected, "{path} is wrong");
                Some(status)
            })
            .await;
        }
    }
}

#[tokio::test]
async fn replicas_are_killed_and_clients_only_retry() {
    let Some((first, second)) = two().await else { return };
    push_blob(&first.client(), "acme/app", b"content").await;
    let bases = std::sync::Mutex::new(vec![first.base(), second.base()]);
    let fleet = Fleet { bases, turn: AtomicU64::new(0) };
    let (stop, next) = (AtomicBool::new(false), AtomicU64::new(0));
    let pushers = join_all((0..6).map(async |_| {
        while !stop.load(Ordering::Relaxed) {
            fleet.push_and_pull(next.fetch_add(1, Ordering::Relaxed)).await;
        }
    }));
    let (mut servers, mut kills) = ([first, second], 0_u64);
    let killer = async {
        let end = Instant::now() + chaos();
        while Instant::now() < end {
            // At another moment each time, and always with pushes under way.
            let seen = next.load(Ordering::Relaxed) + 1 + kills * 7 % 23;
            let under_way = async || next.load(Ordering::Relaxed) >= seen;
            wait_until("some images are pushed", under_way).await;
            let victim = usize::from(bytes(kills + 1, 1)[0]) % 2;
            servers[victim].kill9();
            servers[victim].restart().await;
            fleet.bases.lock().unwrap()[victim] = servers[victim].base();
            kills += 1;
        }
        stop.store(true, Ordering::Relaxed);
    };
    futures_util::join!(pushers, killer);
    assert!(kills > 0);
    let told = events(&servers[0].client()).await;
    let count = |kind: &str| told.iter().filter(|event| event["kind"] == kind).count();
    assert_eq!(count("manifest.pushed"), count("tag.created"), "a push is all or nothing");
    assert_eq!(count("manifest.pushed") as u64, next.load(Ordering::Relaxed), "none twice, none lost");
    assert_sound(&Base::of(&servers[0])).await;
}
