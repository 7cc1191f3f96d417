//! A key, a request, one promotion.

use serde_json::json;

use super::kit::{World, approvals, code, told};

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let world = World::new(json!([approvals(1)]), json!([])).await;
    world.release("1.0").await;
    world.release("1.1").await;
    let ask =
        |version: &str, key: &str| world.ask(version, "staging", &json!({})).header("idempotency-key", key);
    let first = told(ask("1.0", "a"), 201).await;
    assert_eq!(told(ask("1.0", "a"), 200).await["id"], first["id"]);
    assert_eq!(code(ask("1.1", "a"), 409).await, "idempotency_key_reused");
    let second = told(ask("1.1", "b"), 201).await;
    assert_ne!(second["id"], first["id"]);
    // The first was superseded, and its key still stands for it.
    let repeated = told(ask("1.0", "a"), 200).await;
    assert_eq!((&repeated["id"], &repeated["state"]), (&first["id"], &json!("superseded")));
    assert_eq!(code(ask("1.0", "a b"), 400).await, "invalid_request");
    // Another's key is another key.
    let other = super::kit::ask_as(&world.admin, "1.1", "staging", &json!({})).header("idempotency-key", "a");
    assert_eq!(told(other, 200).await["id"], second["id"]);
}

#[tokio::test]
async fn of_the_same_request_at_once_one_promotion_comes() {
    let world = World::new(json!([approvals(1)]), json!([])).await;
    world.release("1.0").await;
    let ask = || async {
        let request = world.ask("1.0", "staging", &json!({})).header("idempotency-key", "same");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json::<serde_json::Value>().await.unwrap()["id"].clone()
    };
    let ids = futures_util::future::join_all((0..16).map(|_| ask())).await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}
