//! A change answers with the ids of the events that it recorded.

use futures_util::future::join_all;
use serde_json::json;

use super::kit::{event, kinds, told};
use crate::registry::kit::{bytes, image, put, sha256, start, user};
use crate::support::TestServer;

#[tokio::test]
async fn a_push_and_a_delete_name_their_events_in_order() {
    let server = TestServer::start().await;
    let client = server.client();
    let body = json!({ "name": "acme" });
    let made = client.post("/api/v1/projects").json(&body).send().await.unwrap();
    assert_eq!(kinds(&client, &made).await, ["project.created"]);

    let blob = bytes(1, 100);
    let upload = format!("/v2/acme/app/blobs/uploads/?digest={}", sha256(&blob));
    let pushed = client.post(&upload).body(blob.clone()).send().await.unwrap();
    assert_eq!(kinds(&client, &pushed).await, ["repository.created", "blob.pushed"]);
    let again = client.post(&upload).body(blob).send().await.unwrap();
    assert_eq!((again.status().as_u16(), told(&again).len()), (201, 0), "nothing was recorded");

    let manifest = image(&client, "acme/app", 1).await;
    let pushed = put(&client, "acme/app", "v1", &manifest).await;
    assert_eq!(kinds(&client, &pushed).await, ["manifest.pushed", "tag.created"]);
    let digest = sha256(manifest.to_string().as_bytes());
    assert_eq!(event(&client, &told(&pushed)[0]).await["subjects"][0]["digest"], digest);

    let path = format!("/v2/acme/app/manifests/{digest}");
    let deleted = client.delete(&path).send().await.unwrap();
    assert_eq!(kinds(&client, &deleted).await, ["tag.deleted", "manifest.deleted"]);
}

#[tokio::test]
async fn what_changes_no_fact_has_no_event() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    assert_eq!(told(&put(&client, "acme/app", "v1", &manifest).await).len(), 2);
    let other = image(&client, "acme/app", 2).await;
    let refused = put(&client, "acme/app", "v1", &other).await;
    assert_eq!((refused.status().as_u16(), told(&refused).len()), (409, 0));
    let reader = user(&server, "reader", "reader", json!({})).await;
    let denied = put(&reader, "acme/app", "v2", &manifest).await;
    assert_eq!((denied.status().as_u16(), told(&denied).len()), (403, 0));
    let session = start(&client, "acme/app").await;
    let chunk = client.patch(&session).body("chunk").send().await.unwrap();
    assert_eq!((chunk.status().as_u16(), told(&chunk).len()), (202, 0), "an upload session is no fact");
    let read = client.get("/v2/acme/app/manifests/v1").send().await.unwrap();
    assert_eq!((read.status().as_u16(), told(&read).len()), (200, 0));
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_mix() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifests = join_all((0..16).map(|seed| image(&client, "acme/app", seed))).await;
    // Half of them lose the race for one tag, so that changes fail amid those that share their transaction.
    let tags: Vec<String> =
        (0..16).map(|n| if n % 2 == 0 { "one".to_owned() } else { format!("v{n}") }).collect();
    let pairs = manifests.iter().zip(&tags);
    let answers = join_all(pairs.map(|(manifest, tag)| put(&client, "acme/app", tag, manifest))).await;
    let mut won = 0;
    for ((answer, manifest), tag) in answers.iter().zip(&manifests).zip(&tags) {
        if !answer.status().is_success() {
            assert_eq!((answer.status().as_u16(), told(answer).len()), (409, 0));
            continue;
        }
        let ids = told(answer);
        assert_eq!(kinds(&client, answer).await, ["manifest.pushed", "tag.created"]);
        for id in &ids {
            let digest = sha256(manifest.to_string().as_bytes());
            assert_eq!(event(&client, id).await["subjects"][0]["digest"], digest);
        }
        assert_eq!(event(&client, &ids[1]).await["data"]["tag"], tag.as_str());
        won += 1;
    }
    assert_eq!(won, 9);
}
