//! What a restore brings back of releases, and that the tables say what the ledger does.

use serde_json::json;

use super::kit::{World, approvals, told, two_stages};

#[tokio::test]
async fn the_tables_say_what_the_ledger_does_after_all_of_it() {
    let world = World::new(json!([approvals(1)]), json!([])).await;
    let digest = world.release("1.0").await;
    let first = world.promote("1.0", "staging").await;
    world.approve(0, &first).await;
    world.verify(&first).await;
    world.release("1.1").await;
    let second = world.promote("1.1", "staging").await;
    told(world.say(&world.promoter, &second, "cancel", json!({})), 200).await;
    world.set_lifecycle(&two_stages(json!([]), json!([]))).await;
    let third =
        told(world.ask("1.1", "staging", &json!({ "ticket": "T-1", "justification": "go" })), 201).await;
    world.verify(&third).await;
    told(world.ask("1.0", "staging", &json!({ "kind": "rollback" })), 201).await;
    let body = json!({ "digest": digest, "reason": "malware" });
    told(world.policy_admin.post("/api/v1/projects/acme/quarantines").json(&body), 201).await;
    let environment = world.admin.patch("/api/v1/environments/staging").header("if-match", "\"1\"");
    told(environment.json(&json!({ "drain_seconds": 60, "labels": { "region": "eu" } })), 200).await;
    let urgent = json!({ "break_glass_hours": 2, "justification": "all is down" });
    told(super::kit::ask_as(&world.glass, "1.1", "production", &urgent), 201).await;
    world.assert_sound().await;
}
