//! Whose yes counts, and for how long.

use serde_json::{Value, json};

use super::kit::{REPO, World, approvals, code, gate, told, two_stages};
use crate::registry::kit::{IMAGE, INDEX, image, put, sha256, user};

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
    let body = json!({ "name": "t", "expires_at": crate::tokens::kit::instant(3600) });
    let token =
        told(world.admin.post("/api/v1/service-accounts/robot/tokens").json(&body), 201).await["secret"]
            .as_str()
            .unwrap()
            .to_owned();
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

#[tokio::test]
async fn who_pushed_a_part_built_it_too() {
    let world = World::new(json!([approvals(1)]), json!([])).await;
    let builder = user(&world.server, "carl", "publisher", json!({ "project": "acme" })).await;
    let role = json!({ "user": "carl", "role": "approver", "project": "acme" });
    told(world.admin.post("/api/v1/role-bindings").json(&role), 201).await;
    let child = image(&builder, REPO, 3).await;
    assert_eq!(put(&builder, REPO, "amd64", &child).await.status(), 201);
    let (digest, size) = (sha256(child.to_string().as_bytes()), child.to_string().len());
    let listed = json!([{ "mediaType": IMAGE, "digest": digest, "size": size }]);
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    put(&world.admin, REPO, "1.0", &index).await;
    world.release_of("1.0", &sha256(index.to_string().as_bytes())).await;
    let promotion = world.promote("1.0", "staging").await;
    let yes = world.say(&builder, &promotion, "approvals", json!({ "verdict": "approve" }));
    assert_eq!(code(yes, 403).await, "separation_of_duties");
    assert_eq!(world.approve(0, &promotion).await["state"], "admitted");
}

#[tokio::test]
async fn a_no_follows_a_yes_and_ends_it() {
    let (world, promotion) = world(approvals(2)).await;
    world.approve(0, &promotion).await;
    let no = world.say(&world.approvers[0], &promotion, "approvals", json!({ "verdict": "reject" }));
    assert_eq!(told(no, 200).await["state"], "rejected");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_yes_counts_as_long_as_its_giver_may_approve() {
    let (world, promotion) = world(approvals(2)).await;
    let lent = user(&world.server, "lena", "reader", json!({ "project": "acme" })).await;
    let role = json!({ "user": "lena", "role": "approver", "project": "acme" });
    let role = told(world.admin.post("/api/v1/role-bindings").json(&role), 201).await;
    told(world.say(&lent, &promotion, "approvals", json!({ "verdict": "approve" })), 200).await;
    let path = format!("/api/v1/role-bindings/{}", role["id"].as_str().unwrap());
    assert_eq!(world.admin.delete(&path).send().await.unwrap().status(), 204);
    assert_eq!(world.approve(0, &promotion).await["state"], "awaiting_approval", "hers is gone");
    assert_eq!(world.approve(1, &promotion).await["state"], "admitted");
}

#[tokio::test]
async fn a_revision_that_comes_back_does_not_bring_back_what_was_said_under_it() {
    let (world, promotion) = world(approvals(2)).await;
    world.approve(0, &promotion).await;
    world.set_lifecycle(&two_stages(json!([approvals(1), approvals_of("more", 1)]), json!([]))).await;
    let path = "/api/v1/projects/acme/lifecycle/revisions/1/activation";
    let back = told(world.policy_admin.post(path).header("if-match", "\"2\""), 200).await;
    assert_eq!(back["revision"], 3, "{back}");
    assert_eq!(world.approve(1, &promotion).await["state"], "awaiting_approval");
    assert_eq!(world.approve(0, &promotion).await["state"], "admitted");
    world.assert_sound().await;
}

fn approvals_of(id: &str, required: u64) -> Value {
    json!({ "id": id, "type": "approvals", "required": required })
}
