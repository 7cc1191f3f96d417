//! What goes on by itself, and what stops it.

use serde_json::{Value, json};

use super::kit::{World, told};
use crate::support::wait_until;

fn by_itself(stage: &str) -> Value {
    let mut lifecycle = super::kit::two_stages(json!([]), json!([]));
    for one in lifecycle["stages"].as_array_mut().unwrap() {
        if one["name"] == stage {
            one["auto_promote"] = json!(true);
        }
    }
    lifecycle
}

async fn current(world: &World, environment: &str, digest: &str) {
    wait_until("it is there by itself", async || {
        world.shown(environment, "current").await.as_deref() == Ok(digest)
    })
    .await;
}

#[tokio::test]
async fn a_stage_takes_what_is_verified_before_it() {
    let world = World::new(json!([]), json!([])).await;
    world.set_lifecycle(&by_itself("production")).await;
    let digest = world.release("1.0").await;
    world.through_staging("1.0").await;
    current(&world, "production", &digest).await;
}

#[tokio::test]
async fn a_rollback_holds_it_until_somebody_goes_forward() {
    let world = World::new(json!([]), json!([])).await;
    world.set_lifecycle(&by_itself("staging")).await;
    let one = world.release("1.0").await;
    current(&world, "staging", &one).await;
    let promotions = told(world.admin.get("/api/v1/promotions?project=acme&environment=staging"), 200).await;
    world.verify(&promotions["items"][0]).await;
    let two = world.release("1.1").await;
    current(&world, "staging", &two).await;
    told(world.ask("1.0", "staging", &json!({ "kind": "rollback" })), 201).await;
    assert_eq!(world.shown("staging", "current").await.as_ref(), Ok(&one));
    let three = world.release("1.2").await;
    // The next that somebody asks for comes after the job of the one before.
    world.promote("1.2", "staging").await;
    assert_eq!(world.shown("staging", "current").await.as_ref(), Ok(&three));
    let all = told(world.admin.get("/api/v1/promotions?project=acme&limit=100"), 200).await;
    let of_third = all["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "forward").count();
    assert_eq!(of_third, 3, "none but those of 1.0, 1.1 and the one that was asked for: {all}");
    let four = world.release("1.3").await;
    current(&world, "staging", &four).await;
}
