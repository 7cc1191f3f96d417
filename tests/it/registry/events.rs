//! Every change of a recorded fact is an event, and nothing else is.

use serde_json::{Value, json};

use super::kit::{events, push_blob, push_image, sha256, start};
use crate::support::TestServer;

fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_push_and_a_delete_tell_what_they_did() {
    let server = TestServer::start().await;
    let client = server.client();
    let before = events(&client).await.len();
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    push_image(&client, "acme/app", "v1", 1).await;
    let told = events(&client).await.split_off(before);
    assert_eq!(
        kinds(&told),
        [
            "project.created",
            "repository.created",
            "blob.pushed",
            "blob.pushed",
            "manifest.pushed",
            "tag.created"
        ],
        "pushing the same again changes nothing"
    );
    let manifest = &told[4];
    assert_eq!(manifest["subjects"], json!([{ "repository": "acme/app", "digest": digest }]));
    assert_eq!((&manifest["v"], &manifest["outcome"]), (&json!(1), &json!("success")));
    assert!(manifest["actor"].is_string() && manifest["project"].is_string());
    assert_eq!(manifest["nonce"].as_str().unwrap().len(), 32);

    let before = events(&client).await.len();
    client.delete(&format!("/v2/acme/app/manifests/{digest}")).send().await.unwrap();
    let told = events(&client).await.split_off(before);
    assert_eq!(kinds(&told), ["tag.deleted", "manifest.deleted"]);
    assert_eq!(told[0]["data"]["bound"], true);
}

#[tokio::test]
async fn blobs_and_sessions() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_blob(&client, "acme/one", b"x").await;
    let before = events(&client).await.len();
    let session = start(&client, "acme/one").await;
    client.patch(&session).body("chunk").send().await.unwrap();
    client.delete(&session).send().await.unwrap();
    client.post(&format!("/v2/acme/two/blobs/uploads/?mount={digest}&from=acme/one")).send().await.unwrap();
    client.delete(&format!("/v2/acme/two/blobs/{digest}")).send().await.unwrap();
    client.put(&format!("{session}?digest={}", sha256(b""))).send().await.unwrap();
    let told = events(&client).await.split_off(before);
    assert_eq!(kinds(&told), ["repository.created", "blob.mounted", "blob.deleted"], "sessions are no facts");
    assert_eq!(told[1]["data"]["from"], "acme/one");
}

#[tokio::test]
async fn names_and_addresses_stay_out_of_events() {
    let server = TestServer::start().await;
    super::kit::user(&server, "maria", "reader", json!({})).await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    for event in events(&server.client()).await {
        let text = event.to_string();
        assert!(!text.contains("maria") && !text.contains("127.0.0.1"), "{text}");
        assert!(event["actor"].is_null() || event["data"]["personal"].as_str().unwrap().len() == 64);
    }
}

#[tokio::test]
async fn only_auditors_read_them() {
    let server = TestServer::start().await;
    let owner = super::kit::user(&server, "owner", "reader", json!({})).await;
    assert_eq!(owner.get("/api/v1/events").send().await.unwrap().status(), 403);
    assert_eq!(server.anonymous().get("/api/v1/events").send().await.unwrap().status(), 401);
    let auditor = super::kit::user(&server, "auditor", "auditor", json!({})).await;
    assert_eq!(auditor.get("/api/v1/events?kind=user.created").send().await.unwrap().status(), 200);
}
