//! Who reads what is recorded is recorded.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::kit::{get, list, settled, told};
use crate::registry::kit::{image, project, put, user};
use crate::support::{Client, TestServer};

/// The reads that are recorded: shape, project, and who read.
async fn reads(server: &TestServer) -> Vec<(String, Value, Value)> {
    let told = list(&server.client(), "/api/v1/events?kind=ledger.read", 1000).await;
    let one = |item: &Value| {
        let event = &item["event"];
        let shape = event["data"]["shape"].as_str().unwrap().to_owned();
        (shape, event["project"].clone(), event["actor"].clone())
    };
    told.iter().map(one).collect()
}

async fn account(client: &Client) -> Value {
    get(client, "/api/v1/me", 200).await["account"].clone()
}

#[tokio::test]
async fn each_way_of_reading_is_told_once_an_hour() {
    let server = TestServer::start().await;
    let admin = server.client();
    project(&server, "acme", json!({})).await;
    let manifest = image(&admin, "acme/app", 1).await;
    let event = told(&put(&admin, "acme/app", "v1", &manifest).await)[0].clone();
    settled(&server).await;
    let auditor = user(&server, "auditor", "auditor", json!({})).await;
    let me = account(&auditor).await;
    let entry = get(&admin, &format!("/api/v1/ledger/events/{event}"), 200).await;
    let (index, acme) = (entry["index"].as_str().unwrap(), &entry["event"]["project"]);
    let nothing = &Value::Null;
    let ways = [
        ("/api/v1/ledger/entries".to_owned(), "ledger/entries", nothing),
        ("/api/v1/ledger/entries?kind=tag.created".to_owned(), "ledger/entries?kind", nothing),
        ("/api/v1/ledger/entries?project=acme".to_owned(), "ledger/entries?project", acme),
        (
            format!(
                "/api/v1/ledger/entries?kind=a&project=acme&actor={event}&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
            ),
            "ledger/entries?kind,project,actor,from,to",
            acme,
        ),
        (format!("/api/v1/ledger/entries/{index}"), "ledger/entries/{index}", acme),
        (format!("/api/v1/ledger/entries/{index}.tlog-proof"), "ledger/entries/{index}.tlog-proof", acme),
        (format!("/api/v1/ledger/events/{event}"), "ledger/events/{id}", acme),
        ("/api/v1/events?kind=tag.created".to_owned(), "events?kind", nothing),
        (format!("/api/v1/events/{event}"), "events/{id}", nothing),
        ("/ledger/tile/entries/000.p/1".to_owned(), "ledger/tile/entries/{n}", nothing),
    ];
    for _ in 0..2 {
        for (path, ..) in &ways {
            assert_eq!(auditor.get(path).send().await.unwrap().status(), 200, "{path}");
        }
    }
    // Another kind is no other shape.
    get(&auditor, "/api/v1/ledger/entries?kind=blob.pushed&limit=1", 200).await;
    let told = reads(&server).await;
    for (_, shape, about) in &ways {
        let of_shape: Vec<_> = told.iter().filter(|(told, _, actor)| told == shape && *actor == me).collect();
        assert!(
            (1..=2).contains(&of_shape.len()),
            "{shape}: more than one only where the hour turns: {told:?}"
        );
        assert_eq!(of_shape[0].1, **about, "{shape}");
    }
    let by_me = told.iter().filter(|(.., actor)| *actor == me).count();
    assert!((ways.len()..=2 * ways.len()).contains(&by_me), "{told:?}");
}

#[tokio::test]
async fn what_is_not_seen_and_what_is_open_to_all_is_no_read() {
    let server = TestServer::start().await;
    settled(&server).await;
    let nobody = user(&server, "nobody", "reader", json!({ "prefix": "settle/none" }));
    project(&server, "settle", json!({})).await;
    let (nobody, before) = (nobody.await, reads(&server).await.len());
    for path in ["/api/v1/ledger/entries/0", "/api/v1/ledger/entries/0.tlog-proof"] {
        get(&nobody, path, 404).await;
    }
    get(&nobody, "/ledger/tile/entries/000.p/1", 403).await;
    get(&nobody, "/api/v1/ledger", 200).await;
    get(&nobody, "/api/v1/ledger/proof/inclusion?index=0", 200).await;
    get(&nobody, "/api/v1/ledger/proof/consistency?from=1", 200).await;
    assert_eq!(reads(&server).await.len(), before);
}

#[tokio::test]
async fn reads_at_the_same_time_are_told_once() {
    let server = TestServer::start().await;
    settled(&server).await;
    let client = server.client();
    let answers = join_all((0..30).map(|_| client.get("/api/v1/ledger/entries?limit=1").send())).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap().status() == 200));
    let told = reads(&server).await.into_iter().filter(|(shape, ..)| shape == "ledger/entries").count();
    assert!((1..=2).contains(&told), "two only where the hour turns: {told}");
}
