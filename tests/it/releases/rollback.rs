//! Going back, and what it stops.

use serde_json::json;

use super::kit::{World, code, told};

#[tokio::test]
async fn a_rollback_goes_where_it_was_verified() {
    let world = World::new(json!([]), json!([])).await;
    let one = world.release("1.0").await;
    world.through_staging("1.0").await;
    world.release("1.1").await;
    let second = world.promote("1.1", "staging").await;
    world.report(&second, "failed").await;
    let back = |version: &str| world.ask(version, "staging", &json!({ "kind": "rollback" }));
    world.release("0.9").await;
    assert_eq!(code(back("0.9"), 409).await, "never_verified");
    let path = "/api/v1/environments/staging/rollback-targets?project=acme&release=web@1.1";
    let targets = told(world.admin.get(path), 200).await;
    let versions: Vec<_> = targets["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["release"]["version"].clone())
        .collect();
    assert_eq!(versions, ["1.0"]);
    let rollback = told(back("1.0"), 201).await;
    assert_eq!(rollback["state"], "admitted", "{rollback}");
    assert_eq!(world.promotion(&second).await["state"], "rolled_back");
    assert_eq!(world.shown("staging", "current").await, Ok(one));
    world.assert_sound().await;
}

#[tokio::test]
async fn a_rollback_skips_the_soak_but_no_quarantine() {
    let soak = json!({ "id": "soak", "type": "soak", "hours": 1 });
    let mut world = World::new(json!([]), json!([soak])).await;
    let one = world.release("1.0").await;
    world.through_staging("1.0").await;
    let waiting = world.promote("1.0", "production").await;
    assert_eq!(waiting["state"], "waiting", "{waiting}");
    world.travel(3700).await;
    let first = world.until(&waiting, "admitted").await;
    world.verify(&first).await;
    world.release("1.1").await;
    let urgent = json!({ "break_glass_hours": 2, "justification": "all is down" });
    told(super::kit::ask_as(&world.glass, "1.1", "production", &urgent), 201).await;
    let body = json!({ "digest": one, "reason": "malware" });
    let held = told(world.policy_admin.post("/api/v1/projects/acme/quarantines").json(&body), 201).await;
    let back = told(world.ask("1.0", "production", &json!({ "kind": "rollback" })), 201).await;
    assert_eq!(back["state"], "blocked", "{back}");
    let lift = format!("/api/v1/quarantines/{}", held["id"].as_str().unwrap());
    assert_eq!(world.policy_admin.delete(&lift).send().await.unwrap().status(), 204);
    world.until(&back, "admitted").await;
}

#[tokio::test]
async fn a_redeployment_is_of_what_is_there() {
    let world = World::new(json!([]), json!([])).await;
    world.release("1.0").await;
    let again = || world.ask("1.0", "staging", &json!({ "kind": "redeploy" }));
    assert_eq!(code(again(), 409).await, "not_current");
    let first = world.promote("1.0", "staging").await;
    assert_eq!(told(world.ask("1.0", "staging", &json!({})), 200).await["id"], first["id"], "no-op");
    let second = told(again(), 201).await;
    assert_eq!(second["state"], "admitted");
    assert_eq!(world.promotion(&first).await["state"], "superseded");
}
