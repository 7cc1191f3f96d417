//! Many at once: one pointer, and the ledger tells of it in its order.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::kit::{PROJECT, World, history, told};
use crate::registry::kit::events;
use crate::support::{Client, on_postgres, wait_until};

const MANY: usize = 200;

/// Promotions of competing releases of one line into one environment, at once and through all of the clients.
async fn compete(world: &World, clients: &[Client]) {
    for version in 0..8 {
        world.release(&format!("{version}.0")).await;
    }
    let ask = |at: usize| {
        let client = &clients[at % clients.len()];
        let more = json!({ "kind": if at % 16 < 8 { "forward" } else { "hotfix" } });
        let request = super::kit::ask_as(client, &format!("{}.0", at % 8), "staging", &more);
        async move {
            let answer = request.send().await.unwrap();
            let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
            assert!([200, 201, 503].contains(&status), "{status} {text}");
        }
    };
    join_all((0..MANY).map(ask)).await;
    let settled = async || {
        let page = told(world.admin.get("/api/v1/promotions?project=acme&limit=1000"), 200).await;
        let all = page["items"].as_array().unwrap().clone();
        let ended = |one: &Value| ["admitted", "superseded"].contains(&one["state"].as_str().unwrap());
        (all.iter().all(ended), all)
    };
    wait_until("each has ended", async || settled().await.0).await;
    let all = settled().await.1;
    let admitted: Vec<&Value> = all.iter().filter(|one| one["state"] == "admitted").collect();
    assert_eq!(admitted.len(), 1, "one pointer: {admitted:?}");
    let shown = world.promotion(admitted[0]).await;
    assert_eq!(history(&shown).last(), Some(&"admitted"));
    let digest = shown["release"]["artifacts"][0]["digest"].as_str().unwrap();
    assert_eq!(world.shown("staging", "current").await.as_deref(), Ok(digest));
    assert_in_order(world, admitted[0]).await;
    world.assert_sound().await;
}

/// Each admission tells of the one before it, in the ledger's order, and the last is the one that holds.
async fn assert_in_order(world: &World, last: &Value) {
    let all = events(&world.auditor().await).await;
    let admissions: Vec<&Value> = all.iter().filter(|event| event["kind"] == "promotion.admitted").collect();
    assert!(!admissions.is_empty());
    let before = |event: &Value| event["data"]["before"].clone();
    assert_eq!(before(admissions[0]), Value::Null);
    for pair in admissions.windows(2) {
        assert_eq!(before(pair[1]), pair[0]["data"]["admission"], "the pointer's order is the ledger's");
    }
    assert_eq!(admissions.last().unwrap()["data"]["promotion"]["promotion"], last["id"]);
}

#[tokio::test]
async fn competing_releases_leave_one_pointer() {
    let world = World::new(json!([]), json!([])).await;
    let clients = [world.promoter.clone()];
    compete(&world, &clients).await;
}

#[tokio::test]
async fn competing_releases_leave_one_pointer_through_two_replicas() {
    if !on_postgres() {
        return;
    }
    let world = World::new(json!([]), json!([])).await;
    let second = world.server.replica().start().await;
    let clients = [world.promoter.clone(), second.client_of("paula", "paula-has-a-password")];
    compete(&world, &clients).await;
}

#[tokio::test]
async fn a_freeze_that_is_set_between_evaluation_and_admission_wins() {
    let mut world = World::new(json!([]), json!([])).await;
    world.release("1.0").await;
    // Whoever judges is held up between asking the gates and moving the pointer, until this file is there.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("set");
    let steps = format!("promotion-evaluated=print(held up);promotion-settling=return({})", file.display());
    world.server.set("FAILPOINTS", &steps);
    world.restart().await;
    let asking = tokio::spawn(world.ask("1.0", "staging", &json!({})).send());
    wait_until("it is held up", async || world.server.log().last_event("held up").is_some()).await;
    let body = json!({ "project": PROJECT, "reason": "now" });
    told(world.policy_admin.post("/api/v1/freezes").json(&body), 201).await;
    std::fs::write(file, "").unwrap();
    let promotion: Value = asking.await.unwrap().unwrap().json().await.unwrap();
    assert_eq!(promotion["state"], "blocked", "{promotion}");
    assert_eq!(super::kit::gate(&promotion, "freeze")["outcome"], "fail");
    assert_eq!(history(&promotion), ["evaluating", "blocked"], "it was never admitted");
}
