//! What these tests share: the log as its database has it, and as it shows itself.

use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::json;
use waybill::ledger::{Checkpoint, Proof, SignedNote, TileKind, Tiles, VerifierKey, grow, leaf_hash};

use crate::backup::base::Base;
use crate::registry::kit::{bytes, image, put, sha256};
use crate::support::{Client, TestServer, wait_until};

/// A log's own URLs, read as a client without an account.
pub async fn checkpoint(server: &TestServer) -> (SignedNote, Checkpoint) {
    let anybody = server.anonymous();
    let answer = anybody.get("/ledger/checkpoint").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let note: SignedNote = answer.text().await.unwrap().parse().unwrap();
    let keys = keys(server).await;
    let checkpoint = Checkpoint::open(&note, &keys).unwrap();
    (note, checkpoint)
}

/// The keys that sign now.
pub async fn keys(server: &TestServer) -> Vec<VerifierKey> {
    let answer = server.anonymous().get("/ledger/key").send().await.unwrap();
    answer.text().await.unwrap().lines().map(|line| line.parse().unwrap()).collect()
}

/// Waits until all events that are recorded now are published.
pub async fn all_published(server: &TestServer) {
    let newest = Base::of(server).newest().await;
    let published = "SELECT CAST(published_seq AS TEXT) FROM ledger_head";
    wait_until("all events are published", async || {
        Base::of(server).query(published).await[0].parse::<i64>().unwrap() >= newest
    })
    .await;
}

/// The leaves of all entries by the database, in their order; fails the test unless every event up to the last entry's is
/// an entry, once, in the order of the events, without a gap.
pub async fn leaves(base: &Base) -> Vec<Vec<u8>> {
    let entries = "SELECT CAST(leaf_index AS TEXT) || ' ' || CAST(e.seq AS TEXT) || ' ' || hex(leaf) || ' ' || hex(leaf_hash)
        FROM ledger_entry l JOIN event e ON e.seq = l.seq ORDER BY leaf_index";
    let mut leaves = Vec::new();
    let mut last = 0;
    for row in base.query(entries).await {
        let row: Vec<&str> = row.split(' ').collect();
        assert_eq!(row[0], leaves.len().to_string(), "an index is missing");
        let seq: i64 = row[1].parse().unwrap();
        assert!(seq > last, "entries stand in another order than events");
        last = seq;
        let leaf = hex::decode(row[2]).unwrap();
        assert_eq!(leaf_hash(&leaf).0.to_vec(), hex::decode(row[3]).unwrap());
        leaves.push(leaf);
    }
    let events = format!("SELECT CAST(COUNT(*) AS TEXT) FROM event WHERE seq <= {last}");
    assert_eq!(base.query(&events).await[0], leaves.len().to_string(), "an event is no entry");
    leaves
}

/// Fails the test unless each of these checkpoints is of a beginning of these leaves.
pub fn assert_no_fork(leaves: &[Vec<u8>], checkpoints: &[Checkpoint]) {
    let hashes: Vec<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let mut tiles = Tiles::default();
    for (path, hashes) in grow(0, &Tiles::default(), &hashes).unwrap().tiles {
        let TileKind::Hashes(level) = path.kind else { continue };
        tiles.add(level, path.index, hashes);
    }
    for checkpoint in checkpoints {
        let root = Proof::Root { size: checkpoint.size }.make(&tiles).unwrap();
        assert_eq!(
            root,
            [checkpoint.root],
            "the checkpoint of {} entries is of another tree",
            checkpoint.size
        );
    }
}

/// Pushes some blobs at once, each of which is an event; those that fail are not asked for again.
pub async fn push_some(client: &Client, seed: u64, count: u64) {
    let pushes = (0..count).map(async |at| {
        let content = bytes(seed * 1000 + at, 50);
        let path = format!("/v2/acme/app/blobs/uploads/?digest={}", sha256(&content));
        let _ = client.post(&path).body(content).send().await;
    });
    join_all(pushes).await;
}

/// Makes the project whose tags may move, and some images for them; returns their manifests.
pub async fn images(client: &Client, count: u64) -> Vec<serde_json::Value> {
    let project = json!({ "name": "acme", "tags": "mutable" });
    assert_eq!(
        client.post("/api/v1/projects").json(&project).send().await.unwrap().status(),
        StatusCode::CREATED
    );
    let mut images = Vec::new();
    for seed in 0..count {
        let manifest = image(client, "acme/app", seed).await;
        assert_eq!(
            put(client, "acme/app", &format!("v{seed}"), &manifest).await.status(),
            StatusCode::CREATED
        );
        images.push(manifest);
    }
    images
}
