//! What a promotion does with the bytes of a release: nothing.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::kit::{REPO, World, told, two_stages};
use crate::support::{S3, TestServer, wait_until};

/// Longest that what Waybill says of an artifact may be, in bytes.
const SUMMARY: u64 = 16 * 1024;

#[tokio::test]
async fn a_promotion_reads_writes_and_copies_no_byte_of_layers() {
    let s3 = Arc::new(S3::start());
    let world = World::of(TestServer::builder().s3(&s3).start().await).await;
    world.set_lifecycle(&two_stages(json!([]), json!([super::kit::approvals(1)]))).await;
    let digest = world.release("1.0").await;
    let on_blobs = || s3.asked().into_iter().filter(|asked| asked.path.contains("/blobs/"));
    let pushed: HashSet<String> = on_blobs().map(|asked| asked.path).collect();
    assert_eq!(pushed.len(), 2, "a config and a layer: {pushed:?}");
    let before = on_blobs().count();
    world.through_staging("1.0").await;
    let production = world.promote("1.0", "production").await;
    world.approve(0, &production).await;
    world.verify(&production).await;
    let again = told(world.ask("1.0", "production", &json!({ "kind": "redeploy" })), 201).await;
    assert_eq!(world.approve(1, &again).await["state"], "admitted");
    // What came out is written by then: the store was busy meanwhile.
    let referrers = format!("/v2/{REPO}/referrers/{digest}");
    wait_until("the summaries are written", async || {
        told(world.admin.get(&referrers), 200).await["manifests"].as_array().unwrap().len() == 3
    })
    .await;
    for asked in on_blobs().skip(before) {
        assert!(!pushed.contains(&asked.path) && asked.copy_source.is_none(), "{asked:?}");
        assert!(s3.object(&asked.path).metadata().unwrap().len() <= SUMMARY, "{asked:?}");
    }
    assert!(on_blobs().count() > before, "the summaries are blobs too");
}
