//! Whose yes counts, and for how long.

use serde_json::{Value, json};

use super::kit::{World, approvals, code, gate, told, two_stages};
use crate::registry::kit::user;

async fn world(gate: Value) -> (World, Value) {
    let world = World::new(json!([gate]), json!([])).await;
    world.release("1.0").await;
    let promotion = world.promote("1.0", "staging").await;
    assert_eq!(promotion["state"], "awaiting_approval", "{promotion}");
    (world, promotion)
}

#[tokio::test]
async fn nobody_approves_what_they_asked_for_or_built() {
    let world = World::new(json!([approvals(1)]), json!([])).await;
    world.release("1.0").await;
    // Somebody who may do both.
    let both = user(&world.server, "bea", "promoter", json!({ "project": "acme" })).await;
    for (name, role) in [("bea", "approver"), ("admin", "approver")] {
        let body = json!({ "user": name, "role": role, "project": "acme" });
        told(world.admin.post("/api/v1/role-bindings").json(&body), 201).await;
    }
    let promotion = told(super::kit::ask_as(&both, "1.0", "staging", &json!({})), 201).await;
    let yes = || json!({ "verdict": "approve" });
    assert_eq!(code(world.say(&both, &promotion, "approvals", yes()), 403).await, "separation_of_duties");
    // The admin pushed the image.
    assert_eq!(
        code(world.say(&world.admin, &promotion, "approvals", yes()), 403).await,
        "separation_of_duties"
    );
    // And who is nothing but promoter or org-admin is no approver.
    assert_eq!(code(world.say(&world.promoter, &promotion, "approvals", yes()), 403).await, "denied");
    assert_eq!(world.approve(0, &promotion).await["state"], "admitted");
}

#[tokio::test]
async fn one_person_counts_once_and_one_no_ends_it() {
    let (world, promotion) = world(approvals(2)).await;
    world.approve(0, &promotion).await;
    let again = world.say(&world.approvers[0], &promotion, "approvals", json!({ "verdict": "approve" }));
    assert_eq!(code(again, 409).await, "already_approved");
    assert_eq!(world.promotion(&promotion).await["state"], "awaiting_approval");
    let no = json!({ "verdict": "reject", "comment": "not on a Friday" });
    let ended = told(world.say(&world.approvers[1], &promotion, "approvals", no), 200).await;
    assert_eq!(ended["state"], "rejected");
    assert_eq!(ended["approvals"][1]["comment"], "not on a Friday");
    let late = world.say(&world.approvers[2], &promotion, "approvals", json!({ "verdict": "approve" }));
    assert_eq!(code(late, 409).await, "promotion_state");
}

#[tokio::test]
async fn an_edit_of_the_lifecycle_voids_what_was_said() {
    let (world, promotion) = world(approvals(2)).await;
    world.approve(0, &promotion).await;
    let edited = json!([approvals(2), { "id": "change", "type": "ticket", "pattern": ".*", "mode": "warn" }]);
    world.set_lifecycle(&two_stages(edited, json!([]))).await;
    assert_eq!(world.approve(1, &promotion).await["state"], "awaiting_approval", "the first counts no more");
    assert_eq!(world.approve(0, &promotion).await["state"], "admitted", "but may be given again");
}

#[tokio::test]
async fn a_service_account_is_no_person() {
    let mut people = approvals(1);
    people["human_required"] = json!(true);
    let (world, promotion) = world(people).await;
    let made =
        world.admin.post("/api/v1/service-accounts").json(&json!({ "name": "robot", "project": "acme" }));
    told(made, 201).await;
    let body = json!({ "user": "robot", "role": "approver", "project": "acme" });
    told(world.admin.post("/api/v1/role-bindings").json(&body), 201).await;
    let token = world.admin.post("/api/v1/service-accounts/robot/tokens").json(&json!({ "name": "t" }));
    let token = told(token, 201).await["secret"].as_str().unwrap().to_owned();
    let robot = world.server.client_of("robot", &token);
    let yes = world.say(&robot, &promotion, "approvals", json!({ "verdict": "approve" }));
    assert_eq!(told(yes, 200).await["state"], "awaiting_approval");
    assert_eq!(world.approve(0, &promotion).await["state"], "admitted");
}

#[tokio::test]
async fn a_yes_ends() {
    let mut people = approvals(2);
    people["valid_hours"] = json!(1);
    let (mut world, promotion) = world(people).await;
    world.approve(0, &promotion).await;
    world.travel(3700).await;
    assert_eq!(world.approve(1, &promotion).await["state"], "awaiting_approval");
    let gate = gate(&world.promotion(&promotion).await, "people").clone();
    assert_eq!(gate["outcome"], "pending", "{gate}");
    assert_eq!(world.approve(2, &promotion).await["state"], "admitted");
}

#[tokio::test]
async fn what_nobody_admits_in_time_expires() {
    let (mut world, promotion) = world(approvals(1)).await;
    world.travel(8 * 24 * 3600).await;
    world.until(&promotion, "expired").await;
    let late = world.say(&world.approvers[0], &promotion, "approvals", json!({ "verdict": "approve" }));
    assert_eq!(code(late, 409).await, "promotion_state");
}
