//! `kill -9` in the middle of pushes: what was acknowledged is there and right, and the client's retry succeeds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use reqwest::StatusCode;

use super::kit::{bytes, descriptor, events, sha256};
use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::support::{Client, TestServer, wait_until};

const PUSHERS: u64 = 6;

/// Rounds: `WAYBILL_TEST_ROUNDS`, or a few.
fn rounds() -> u64 {
    std::env::var("WAYBILL_TEST_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(3)
}

/// What the server said it has.
#[derive(Default)]
struct Acknowledged {
    blobs: Vec<(String, u64, usize)>,
    images: Vec<(String, String)>,
}

/// Pushes a blob; `false` when the server went away.
async fn try_blob(client: &Client, content: &[u8]) -> bool {
    let digest = sha256(content);
    let Ok(session) = client.post("/v2/acme/app/blobs/uploads/").send().await else { return false };
    let Some(location) = session.headers().get("location") else { return false };
    let location = location.to_str().unwrap().to_owned();
    let half = content.len() / 2;
    let first = client.patch(&location).body(content[..half].to_vec()).send().await;
    if !first.is_ok_and(|answer| answer.status() == StatusCode::ACCEPTED) {
        return false;
    }
    let path = format!("{location}?digest={digest}");
    let last = client.put(&path).body(content[half..].to_vec()).send().await;
    last.is_ok_and(|answer| answer.status() == StatusCode::CREATED)
}

fn manifest(seed: u64, length: usize) -> String {
    let content = bytes(seed, length);
    serde_json::json!({
        "schemaVersion": 2,
        "mediaType": super::kit::IMAGE,
        "config": descriptor("a/b", &sha256(&content), length),
        "layers": [],
    })
    .to_string()
}

async fn try_manifest(client: &Client, tag: &str, manifest: &str) -> bool {
    let path = format!("/v2/acme/app/manifests/{tag}");
    let put =
        client.put(&path).header("content-type", super::kit::IMAGE).body(manifest.to_owned()).send().await;
    put.is_ok_and(|answer| answer.status() == StatusCode::CREATED)
}

/// Pushes images until the server goes away; returns the seed that it was at.
async fn push_until_gone(
    client: Client,
    next: Arc<AtomicU64>,
    acknowledged: Arc<Mutex<Acknowledged>>,
) -> u64 {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        let length = 1000 + usize::try_from(seed * 7919 % 400_000).unwrap();
        let content = bytes(seed, length);
        if !try_blob(&client, &content).await {
            return seed;
        }
        acknowledged.lock().unwrap().blobs.push((sha256(&content), seed, length));
        let manifest = manifest(seed, length);
        if !try_manifest(&client, &format!("t{seed}"), &manifest).await {
            return seed;
        }
        acknowledged.lock().unwrap().images.push((format!("t{seed}"), manifest));
    }
}

#[tokio::test]
async fn nothing_acknowledged_is_lost() {
    let mut server = TestServer::start().await;
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let next = Arc::new(AtomicU64::new(0));
    for round in 0..rounds() {
        let pushers = (0..PUSHERS).map(|_| {
            tokio::spawn(push_until_gone(server.client(), Arc::clone(&next), Arc::clone(&acknowledged)))
        });
        let pushers: Vec<_> = pushers.collect();
        // At another moment each time, and always with pushes under way.
        let enough = usize::try_from(1 + round * 7 % 23).unwrap();
        wait_until("some images are pushed", async || acknowledged.lock().unwrap().images.len() >= enough)
            .await;
        server.kill9();
        let cut_off: Vec<u64> = join_all(pushers).await.into_iter().map(Result::unwrap).collect();
        server.restart().await;
        let client = server.client();
        let (blobs, images) = {
            let mut acknowledged = acknowledged.lock().unwrap();
            (std::mem::take(&mut acknowledged.blobs), std::mem::take(&mut acknowledged.images))
        };
        for (digest, seed, length) in blobs {
            let pulled = client.get(&format!("/v2/acme/app/blobs/{digest}")).send().await.unwrap();
            assert_eq!(pulled.status(), StatusCode::OK, "round {round}: a blob is lost");
            assert!(pulled.bytes().await.unwrap() == bytes(seed, length), "round {round}: a blob is wrong");
        }
        for (tag, manifest) in images {
            let pulled = client.get(&format!("/v2/acme/app/manifests/{tag}")).send().await.unwrap();
            assert_eq!(pulled.text().await.unwrap(), manifest, "round {round}");
        }
        for seed in cut_off {
            let length = 1000 + usize::try_from(seed * 7919 % 400_000).unwrap();
            assert!(try_blob(&client, &bytes(seed, length)).await, "round {round}: the retry failed");
            assert!(try_manifest(&client, &format!("t{seed}"), &manifest(seed, length)).await);
        }
    }
    let told = events(&server.client()).await;
    let count = |kind: &str| told.iter().filter(|event| event["kind"] == kind).count();
    assert_eq!(count("manifest.pushed"), count("tag.created"), "a push is all or nothing");
    assert_sound(&Base::of(&server)).await;
}
