//! The C2SP surface: who may read what, and how long it may be kept.

use reqwest::StatusCode;

use super::kit::{all_published, checkpoint, keys, leaves, push_some};
use crate::backup::base::Base;
use crate::registry::kit::{header, push_blob, user};
use crate::support::TestServer;

#[tokio::test]
async fn hashes_are_open_and_entries_are_for_auditors() {
    let server = TestServer::start().await;
    push_blob(&server.client(), "acme/app", b"content").await;
    for seed in 0..6 {
        push_some(&server.client(), seed, 50).await;
    }
    all_published(&server).await;
    let (_, head) = checkpoint(&server).await;
    assert!(head.size > 300, "{}", head.size);
    let anybody = server.anonymous();
    for (path, length) in [("0/000", 8192), ("0/001.p/9", 288), ("0/000.p/3", 96), ("1/000.p/1", 32)] {
        let tile = anybody.get(&format!("/ledger/tile/{path}")).send().await.unwrap();
        assert_eq!(tile.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&tile, "cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(header(&tile, "content-type"), "application/octet-stream");
        assert_eq!(tile.bytes().await.unwrap().len(), length, "{path}");
    }
    for (path, status) in [
        ("0/009", 404),
        ("0/001", 404),
        ("7/000.p/1", 404),
        ("0/1", 400),
        ("8/000", 400),
        ("entries/000", 401),
        ("entries/x", 401),
    ] {
        let refused = anybody.get(&format!("/ledger/tile/{path}")).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), status, "{path}");
    }
    let reader = user(&server, "ann", "reader", serde_json::json!({})).await;
    assert_eq!(reader.get("/ledger/tile/entries/000").send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let leaves = leaves(&Base::of(&server)).await;
    for (path, range) in [("000", 0..256), ("001.p/9", 256..265)] {
        let answer = server.client().get(&format!("/ledger/tile/entries/{path}")).send().await.unwrap();
        assert_eq!(header(&answer, "cache-control"), "private, max-age=31536000, immutable");
        let expected: Vec<u8> = leaves[range]
            .iter()
            .flat_map(|leaf| [&u16::try_from(leaf.len()).unwrap().to_be_bytes()[..], leaf].concat())
            .collect();
        assert!(answer.bytes().await.unwrap() == expected, "{path}");
    }
    let head = anybody.get("/ledger/checkpoint").send().await.unwrap();
    assert_eq!(header(&head, "cache-control"), "no-cache");
    assert_eq!(header(&head, "content-type"), "text/plain; charset=utf-8");
}

#[tokio::test]
async fn a_key_is_succeeded_and_signs_beside_its_successor_for_a_while() {
    let mut server = TestServer::builder().env("WAYBILL_LEDGER__KEY_OVERLAP_SECONDS", "3600").start().await;
    let old = keys(&server).await;
    assert_eq!(old.len(), 1);
    let rotated = server.client().post("/api/v1/ledger/keys").send().await.unwrap();
    assert_eq!(rotated.status(), StatusCode::CREATED);
    let rotated: serde_json::Value = rotated.json().await.unwrap();
    let both = keys(&server).await;
    assert_eq!((both.len(), both[0].to_string().as_str()), (2, rotated["verifier_key"].as_str().unwrap()));
    assert_eq!(both[1], old[0]);
    all_published(&server).await;
    let (note, _) = checkpoint(&server).await;
    assert!(both.iter().all(|key| note.signed_by(key).unwrap().is_some()), "{note}");
    let history: serde_json::Value =
        server.anonymous().get("/api/v1/ledger/keys").send().await.unwrap().json().await.unwrap();
    assert_eq!(history["items"].as_array().unwrap().len(), 2);
    assert_eq!(history["items"][0]["verifier_key"], rotated["verifier_key"]);
    assert!(history["items"][1]["succeeded_at"].is_string());
    // Readers of notes have limits.
    for _ in 2..8 {
        let rotated = server.client().post("/api/v1/ledger/keys").send().await.unwrap();
        assert_eq!(rotated.status(), StatusCode::CREATED);
    }
    let one_too_many = server.client().post("/api/v1/ledger/keys").send().await.unwrap();
    assert_eq!(one_too_many.status(), StatusCode::CONFLICT);
    let both = keys(&server).await;
    assert_eq!(both.len(), 8);
    let ann = user(&server, "ann", "auditor", serde_json::json!({})).await;
    assert_eq!(ann.post("/api/v1/ledger/keys").send().await.unwrap().status(), StatusCode::FORBIDDEN);
    // The overlap is over.
    server.set("WAYBILL_LEDGER__KEY_OVERLAP_SECONDS", "0");
    server.restart().await;
    push_blob(&server.client(), "acme/app", b"content").await;
    all_published(&server).await;
    let (note, _) = checkpoint(&server).await;
    assert!(note.signed_by(&both[0]).unwrap().is_some());
    assert!(note.signed_by(&old[0]).unwrap().is_none());
    assert_eq!(keys(&server).await.len(), 1);
}

#[tokio::test]
async fn the_origin_is_set_once() {
    let mut server =
        TestServer::builder().env("WAYBILL_LEDGER__ORIGIN", "registry.test/ledger").start().await;
    assert_eq!(keys(&server).await[0].name().as_str(), "registry.test/ledger");
    server.stop().await;
    server.set("WAYBILL_LEDGER__ORIGIN", "other.test/ledger");
    let ended = crate::support::run(server.command().args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(ended.code, Some(1));
    let told = "the ledger's origin is 'registry.test/ledger' and can't be changed to 'other.test/ledger'";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
}
