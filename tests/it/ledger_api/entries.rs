//! Lists of entries: what narrows them, and their pages.

use serde_json::{Value, json};

use super::kit::{entry, get, list, settled, summary, told};
use crate::registry::kit::{image, put, sha256, user};
use crate::support::TestServer;

#[tokio::test]
async fn pages_hold_every_entry_once_in_its_order() {
    let server = TestServer::start().await;
    let client = server.client();
    let size = settled(&server).await;
    let all = list(&client, "/api/v1/ledger/entries", 3).await;
    let indexes: Vec<u64> = summary(&all).into_iter().map(|(index, _)| index).collect();
    assert!(indexes.len() as u64 >= size);
    assert_eq!(indexes, (0..indexes.len() as u64).collect::<Vec<_>>());
    let one = get(&client, "/api/v1/ledger/entries/2", 200).await;
    assert_eq!(one["event"], all[2]["event"]);
}

#[tokio::test]
async fn filters_narrow_a_list() {
    let server = TestServer::start().await;
    let client = server.client();
    let bob = user(&server, "bob", "publisher", json!({})).await;
    client.post("/api/v1/projects").json(&json!({ "name": "acme" })).send().await.unwrap();
    client.post("/api/v1/projects").json(&json!({ "name": "other" })).send().await.unwrap();
    let manifest = image(&bob, "acme/app", 1).await;
    let pushed = put(&bob, "acme/app", "v1", &manifest).await;
    put(&client, "other/app", "v1", &image(&client, "other/app", 1).await).await;
    settled(&server).await;
    let proved = entry(&client, &told(&pushed)[0]).await;
    let (actor, at) =
        (proved["event"]["actor"].as_str().unwrap(), proved["event"]["at_us"].as_i64().unwrap());
    // Asking is an event itself, which may be published between two questions.
    let found = async |query: &str, limit| {
        let mut found = summary(&list(&client, &format!("/api/v1/ledger/entries?{query}"), limit).await);
        found.retain(|(_, kind)| kind != "ledger.read");
        found
    };
    let kinds = async |query: &str| {
        let (small, large) = (found(query, 1).await, found(query, 1000).await);
        assert_eq!(small, large, "{query}: pages do not matter");
        assert!(large.is_sorted(), "{query}");
        large.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds("kind=manifest.pushed").await.len(), 2);
    assert_eq!(kinds("kind=manifest.pushed&project=acme").await, ["manifest.pushed"]);
    assert_eq!(kinds("kind=no.such").await.len(), 0);
    let in_acme = [
        "project.created",
        "repository.created",
        "blob.pushed",
        "blob.pushed",
        "manifest.pushed",
        "tag.created",
    ];
    assert_eq!(kinds("project=acme").await, in_acme);
    assert_eq!(kinds(&format!("actor={actor}")).await, in_acme[1..]);
    assert_eq!(kinds(&format!("project=other&actor={actor}")).await.len(), 0);

    let digest = sha256(manifest.to_string().as_bytes());
    assert_eq!(
        kinds(&format!("subject={digest}")).await,
        ["manifest.pushed", "tag.created", "manifest.pushed", "tag.created"]
    );
    assert_eq!(kinds(&format!("subject={digest}&project=acme")).await, ["manifest.pushed", "tag.created"]);
    assert_eq!(kinds(&format!("subject={digest}&kind=tag.created&actor={actor}")).await, ["tag.created"]);
    let sha512 = proved["event"]["data"]["sha512"].as_str().unwrap();
    assert_eq!(kinds(&format!("subject={sha512}")).await, ["manifest.pushed", "manifest.pushed"]);

    let instant = |micros| waybill::types::Timestamp::from_micros(micros).to_rfc3339();
    let span = |from, to| format!("actor={actor}&from={}&to={}", instant(from), instant(to));
    assert_eq!(kinds(&span(at, at + 1)).await, ["manifest.pushed"]);
    assert_eq!(kinds(&span(at + 1, at + 1)).await.len(), 0);
    assert_eq!(kinds(&format!("actor={actor}&to={}", instant(at))).await, in_acme[1..4]);
    let later = format!("subject={digest}&project=acme&from={}", instant(at + 1));
    assert_eq!(kinds(&later).await, ["tag.created"]);
    assert_eq!(kinds(&format!("to={}", instant(0))).await.len(), 0);
}

#[tokio::test]
async fn bad_questions_are_answered_clearly() {
    let server = TestServer::start().await;
    let client = server.client();
    settled(&server).await;
    for query in [
        "kind=Bad%00",
        "project=Not/One",
        "actor=x",
        "subject=sha256:00",
        "from=yesterday",
        "to=2026-01-01",
        "limit=0",
        "limit=1001",
        "cursor=%25",
        "cursor=eA",
    ] {
        let refused = get(&client, &format!("/api/v1/ledger/entries?{query}"), 400).await;
        assert!(refused["detail"].as_str().unwrap().len() > 10, "{query}: {refused}");
    }
    get(&client, "/api/v1/ledger/entries?project=ghost", 404).await;
    for path in ["entries/999999999", "entries/999999999.tlog-proof", "entries/18446744073709551615"] {
        let refused: Value = get(&client, &format!("/api/v1/ledger/{path}"), 404).await;
        assert_eq!(refused["code"], "not_found");
    }
    for path in ["entries/x", "entries/-1", "events/x"] {
        get(&client, &format!("/api/v1/ledger/{path}"), 400).await;
    }
    get(&client, "/api/v1/events?kind=%00", 400).await;
}
