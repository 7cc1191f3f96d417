//! Reading answers in a line.

use reqwest::Response;
use serde_json::{Value, json};
use waybill::ledger::{Receipt, VerifierKey, leaf_hash};

use crate::registry::kit::header;
use crate::support::{Client, TestServer};

/// The ids of `Waybill-Event`; none without the header.
pub fn told(answer: &Response) -> Vec<String> {
    let header = answer.headers().get("waybill-event").map(|value| value.to_str().unwrap());
    header.map(|ids| ids.split(", ").map(str::to_owned).collect()).unwrap_or_default()
}

/// A recorded event, by its id.
pub async fn event(auditor: &Client, id: &str) -> Value {
    let answer = auditor.get(&format!("/api/v1/events/{id}")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{id}");
    answer.json::<Value>().await.unwrap()["event"].clone()
}

/// The kinds of the events that an answer tells of, in its order.
pub async fn kinds(auditor: &Client, answer: &Response) -> Vec<String> {
    let mut kinds = Vec::new();
    for id in told(answer) {
        kinds.push(event(auditor, &id).await["kind"].as_str().unwrap().to_owned());
    }
    kinds
}

/// A server that publishes nothing by itself while it runs, unless very much happens.
pub async fn withholding() -> TestServer {
    TestServer::builder().env("WAYBILL_LEDGER__BATCH_MILLISECONDS", "3600000").start().await
}

/// GET; the answer must be JSON, with this status.
pub async fn get(client: &Client, path: &str, status: u16) -> Value {
    let answer = client.get(path).send().await.unwrap();
    let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(got, status, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

/// The entry of an event, once it is published.
pub async fn entry(client: &Client, id: &str) -> Value {
    let path = format!("/api/v1/ledger/events/{id}");
    let answer = client.get(&path).header("prefer", "wait=60").send().await.unwrap();
    assert_eq!(answer.status(), 200, "{id}");
    answer.json().await.unwrap()
}

/// Waits until all that was recorded so far is published; returns how many entries that are.
pub async fn settled(server: &TestServer) -> u64 {
    let body = json!({ "name": format!("settle-{}", uuid::Uuid::now_v7().simple()) });
    let request = server.client().post("/api/v1/projects").json(&body).header("prefer", "wait=60");
    let answer = request.send().await.unwrap();
    header(&answer, "waybill-ledger-index").parse::<u64>().unwrap() + 1
}

/// The keys that checkpoints are verified by.
pub async fn keys(server: &TestServer) -> Vec<VerifierKey> {
    let ledger = get(&server.anonymous(), "/api/v1/ledger", 200).await;
    let keys = ledger["verifier_keys"].as_array().unwrap().iter();
    keys.map(|key| key.as_str().unwrap().parse().unwrap()).collect()
}

/// Demands that an entry is proved: its bytes, its place, its checkpoint. Returns the tree's size.
pub async fn demand_proved(server: &TestServer, entry: &Value, raw: &str) -> u64 {
    let receipt: Receipt = entry["receipt"].as_str().unwrap().parse().unwrap();
    assert_eq!(receipt.index.to_string(), entry["index"].as_str().unwrap());
    let leaf = leaf_hash(event_bytes(raw));
    assert_eq!(leaf.to_string(), entry["leaf_hash"].as_str().unwrap());
    receipt.verify(leaf, &keys(server).await).unwrap().size
}

/// The bytes of the one event in a JSON body, as they stand there.
pub fn event_bytes(body: &str) -> &[u8] {
    let body: std::collections::HashMap<String, Box<serde_json::value::RawValue>> =
        serde_json::from_str(body).unwrap();
    body["event"].get().to_owned().leak().as_bytes()
}

/// All items of a list, page by page.
pub async fn list(client: &Client, path: &str, limit: u64) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    let separator = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = get(client, &format!("{path}{separator}limit={limit}{cursor}"), 200).await;
        let some = page["items"].as_array().unwrap();
        assert!(some.len() as u64 <= limit);
        items.extend(some.iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// What stands in a list: index and kind.
pub fn summary(items: &[Value]) -> Vec<(u64, String)> {
    let one = |item: &Value| {
        let index = item["index"].as_str().unwrap().parse().unwrap();
        (index, item["event"]["kind"].as_str().unwrap().to_owned())
    };
    items.iter().map(one).collect()
}
