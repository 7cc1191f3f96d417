//! Receipts: with the answer to a change for who waits, and by the event's id later.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use waybill::ledger::{Receipt, leaf_hash};

use super::kit::{demand_proved, entry, event_bytes, get, keys, told, withholding};
use crate::registry::kit::{header, image, put};
use crate::support::TestServer;

#[tokio::test]
async fn who_waits_gets_the_receipt_with_the_answer() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    let request = client.put("/v2/acme/app/manifests/v1").header("content-type", crate::registry::kit::IMAGE);
    let answer = request.header("prefer", "wait=60").body(manifest.to_string()).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "preference-applied")), (201, "wait"));
    let proof = STANDARD.decode(header(&answer, "waybill-receipt")).unwrap();
    let receipt: Receipt = String::from_utf8(proof).unwrap().parse().unwrap();
    assert_eq!(receipt.index.to_string(), header(&answer, "waybill-ledger-index"));
    // It is that of the last event.
    let ids = told(&answer);
    let path = format!("/api/v1/ledger/events/{}", ids.last().unwrap());
    let body = client.get(&path).send().await.unwrap().text().await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["event"]["kind"], "tag.created");
    receipt.verify(leaf_hash(event_bytes(&body)), &keys(&server).await).unwrap();
    // The others are published with it.
    let first = entry(&client, &ids[0]).await;
    assert_eq!(first["index"], (receipt.index - 1).to_string());
}

#[tokio::test]
async fn without_the_wish_nobody_waits() {
    let server = withholding().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    let answer = put(&client, "acme/app", "v1", &manifest).await;
    assert_eq!((answer.status().as_u16(), told(&answer).len()), (201, 2));
    for name in ["preference-applied", "waybill-receipt", "waybill-ledger-index"] {
        assert!(answer.headers().get(name).is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_wait_that_is_over_leaves_the_change_and_its_event() {
    let mut server = withholding().await;
    let client = server.client();
    let request = client.post("/api/v1/projects").json(&json!({ "name": "acme" })).header("prefer", "wait=1");
    let answer = request.send().await.unwrap();
    assert_eq!((answer.status().as_u16(), told(&answer).len()), (201, 1));
    assert!(answer.headers().get("preference-applied").is_none());
    assert_eq!(client.get("/api/v1/projects/acme").send().await.unwrap().status(), 200);

    let path = format!("/api/v1/ledger/events/{}", told(&answer)[0]);
    let waiting = client.get(&path).header("prefer", "wait=1").send().await.unwrap();
    assert_eq!((waiting.status().as_u16(), header(&waiting, "retry-after")), (202, "1"));
    assert!(waiting.headers().get("preference-applied").is_none());
    let body: Value = waiting.json().await.unwrap();
    assert_eq!(body, json!({ "id": told(&answer)[0], "published": false }));
    get(&client, "/api/v1/ledger/entries/0", 404).await;
    let listed = get(&client, "/api/v1/ledger/entries", 200).await;
    assert_eq!(listed["items"], json!([]), "only what is published");
    get(&client, &format!("/api/v1/ledger/events/{}", uuid::Uuid::now_v7()), 404).await;

    // A stop publishes the rest.
    server.restart().await;
    let body = server.client().get(&path).send().await.unwrap().text().await.unwrap();
    demand_proved(&server, &serde_json::from_str(&body).unwrap(), &body).await;
}

#[tokio::test]
async fn another_replica_tells_it_too() {
    let server = TestServer::builder().bucket().start().await;
    if server.variable("WAYBILL_DATABASE_URL").is_none() {
        // A SQLite file has one server.
        return;
    }
    let other = server.replica().start().await;
    for (n, server) in [&server, &other, &server, &other].into_iter().enumerate() {
        let body = json!({ "name": format!("p{n}") });
        let request = server.client().post("/api/v1/projects").json(&body).header("prefer", "wait=60");
        let answer = request.send().await.unwrap();
        assert_eq!(header(&answer, "preference-applied"), "wait");
        entry(&other.client(), &told(&answer)[0]).await;
    }
}
