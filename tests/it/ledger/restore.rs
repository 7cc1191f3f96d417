//! The log outlives its database, and never signs a second history.

use serde_json::Value;

use super::kit::{all_published, assert_no_fork, checkpoint, keys, leaves, push_some};
use crate::backup::base::Base;
use crate::backup::kit::succeed;
use crate::registry::kit::{push_blob, push_image};
use crate::support::TestServer;

/// A server with more than a tile of entries.
async fn with_a_log() -> TestServer {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    for seed in 0..6 {
        push_some(&server.client(), seed, 50).await;
    }
    all_published(&server).await;
    server
}

async fn status(server: &TestServer) -> Value {
    server.anonymous().get("/readyz").send().await.unwrap().json::<Value>().await.unwrap()["status"].take()
}

#[tokio::test]
async fn a_log_that_lost_its_database_goes_on_from_the_storage() {
    let mut server = with_a_log().await;
    let (keys_before, (note, before)) = (keys(&server).await, checkpoint(&server).await);
    server.stop().await;
    let lost = Base::lose(&mut server).await;
    succeed(&server, &["restore", "--json", "--from-storage"]);
    server.restart().await;
    assert_eq!(status(&server).await, "ready");
    assert_eq!(keys(&server).await, keys_before, "the key is the one that clients know");
    push_some(&server.client(), 7, 5).await;
    all_published(&server).await;
    let (_, after) = checkpoint(&server).await;
    assert!(after.size > before.size && note.is_signed_by_any(&keys_before).unwrap());
    let now = leaves(&Base::of(&server)).await;
    assert_no_fork(&now, &[before, after]);
    assert!(now.starts_with(&leaves(&lost).await));
}

#[tokio::test]
async fn an_old_copy_is_brought_up_to_the_last_checkpoint() {
    let mut server = with_a_log().await;
    let (_, first) = checkpoint(&server).await;
    server.stop().await;
    let old = Base::copy(&server, "old").await;
    server.restart().await;
    push_some(&server.client(), 9, 40).await;
    all_published(&server).await;
    let (_, second) = checkpoint(&server).await;
    server.kill9();
    Base::lose(&mut server).await;
    old.give(&mut server).await;
    server.restart().await;
    assert_eq!(status(&server).await, "read-only");
    server.stop().await;
    succeed(&server, &["restore", "--json", "--replay"]);
    server.restart().await;
    push_some(&server.client(), 10, 5).await;
    all_published(&server).await;
    let (_, third) = checkpoint(&server).await;
    assert_no_fork(&leaves(&Base::of(&server)).await, &[first, second, third]);
}

#[tokio::test]
async fn a_head_smaller_than_one_that_was_published_is_refused() {
    let mut server = TestServer::start().await;
    push_blob(&server.client(), "acme/app", b"content").await;
    all_published(&server).await;
    let (note, small) = checkpoint(&server).await;
    push_some(&server.client(), 1, 5).await;
    all_published(&server).await;
    let (_, large) = checkpoint(&server).await;
    server.stop().await;
    let base = Base::of(&server);
    let seq = format!("SELECT CAST(seq AS TEXT) FROM ledger_entry WHERE leaf_index = {}", small.size - 1);
    let (seq, size) = (&base.query(&seq).await[0], small.size);
    let (hex, root) = (hex::encode(small.root.0), small.root.0);
    let blob = if server.variable("WAYBILL_DATABASE_URL").is_some() {
        format!(r"'\x{hex}'")
    } else {
        format!("X'{hex}'")
    };
    assert_eq!(root.len(), 32);
    for statement in [
        format!("DELETE FROM ledger_entry WHERE leaf_index >= {size} RETURNING 'x'"),
        format!(
            "UPDATE ledger_head SET size = {size}, root = {blob}, last_seq = {seq}, checkpoint = '{note}',
             published_size = {size}, published_seq = {seq}, published_checkpoint = '{note}' RETURNING 'x'"
        ),
    ] {
        assert!(!base.query(&statement).await.is_empty());
    }
    server.restart().await;
    let log = server.log().lines().join("\n");
    let told = format!("has {size} entries, a checkpoint of {} was published", large.size);
    assert!(log.contains(&told), "{log}");
    assert_eq!(status(&server).await, "read-only");
    let push = server.client().post("/v2/acme/app/blobs/uploads/").send().await.unwrap();
    assert_eq!(push.status().as_u16(), 503);
}
