//! Ways around the gates that somebody may try.

use serde_json::json;

use super::kit::{PROJECT, REPO, World, approvals, ask_as, code, told, two_stages};
use crate::registry::kit::{IMAGE, INDEX, image, put, sha256, user};

#[tokio::test]
async fn a_part_in_quarantine_stops_the_index() {
    let world = World::new(json!([]), json!([])).await;
    let child = image(&world.admin, REPO, 3).await;
    put(&world.admin, REPO, "amd64", &child).await;
    let (digest, size) = (sha256(child.to_string().as_bytes()), child.to_string().len());
    let listed = json!([{ "mediaType": IMAGE, "digest": digest, "size": size }]);
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    put(&world.admin, REPO, "1.0", &index).await;
    let index = sha256(index.to_string().as_bytes());
    world.release_of("1.0", &index).await;
    world.through_staging("1.0").await;
    assert_eq!(world.may("deploy", &index, "staging").await["allow"], true);
    let body = json!({ "digest": digest, "reason": "malware" });
    let path = format!("/api/v1/projects/{PROJECT}/quarantines");
    told(world.policy_admin.post(&path).json(&body), 201).await;
    for part in [&index, &digest] {
        let decision = world.may("deploy", part, "staging").await;
        assert_eq!(
            (&decision["allow"], &decision["reasons"][0]["code"]),
            (&json!(false), &json!("quarantined"))
        );
    }
    let stopped = world.promote("1.0", "production").await;
    assert_eq!((&stopped["state"], &stopped["why"]), (&json!("blocked"), &json!("quarantined")));
}

#[tokio::test]
async fn what_broken_glass_let_in_counts_for_nothing_later() {
    let world = World::new(json!([approvals(3)]), json!([])).await;
    world.release("1.0").await;
    let urgent = json!({ "break_glass_hours": 2, "justification": "all is down" });
    let glass = told(ask_as(&world.glass, "1.0", "staging", &urgent), 201).await;
    world.verify(&glass).await;
    let next = world.promote("1.0", "production").await;
    assert_eq!(
        (&next["state"], &next["why"]),
        (&json!("blocked"), &json!("not_verified_upstream")),
        "{next}"
    );
    let path = format!("/api/v1/environments/staging/rollback-targets?project={PROJECT}&release=web@1.0");
    assert_eq!(told(world.admin.get(&path), 200).await["items"], json!([]));
    world.release("1.1").await;
    let glass = told(ask_as(&world.glass, "1.1", "staging", &urgent), 201).await;
    assert_eq!(glass["state"], "admitted");
    let back = world.ask("1.0", "staging", &json!({ "kind": "rollback" }));
    assert_eq!(code(back, 409).await, "never_verified");
}

#[tokio::test]
async fn nobody_approves_what_goes_on_by_itself_for_them() {
    let world = World::new(json!([]), json!([])).await;
    let mut lifecycle = two_stages(json!([]), json!([approvals(1)]));
    lifecycle["stages"][1]["auto_promote"] = json!(true);
    world.set_lifecycle(&lifecycle).await;
    let both = user(&world.server, "bea", "promoter", json!({ "project": PROJECT })).await;
    let role = json!({ "user": "bea", "role": "approver", "project": PROJECT });
    told(world.admin.post("/api/v1/role-bindings").json(&role), 201).await;
    world.release("1.0").await;
    let first = told(ask_as(&both, "1.0", "staging", &json!({})), 201).await;
    world.verify(&first).await;
    let path = format!("/api/v1/promotions?project={PROJECT}&environment=production");
    let found = async || told(world.admin.get(&path), 200).await["items"][0].clone();
    crate::support::wait_until("it goes on", async || found().await["state"] == "awaiting_approval").await;
    let next = found().await;
    let yes = world.say(&both, &next, "approvals", json!({ "verdict": "approve" }));
    assert_eq!(code(yes, 403).await, "separation_of_duties");
    assert_eq!(world.approve(0, &next).await["state"], "admitted");
    world.assert_sound().await;
}

#[tokio::test]
async fn what_was_rolled_back_is_not_deployed_while_it_drains() {
    let world = World::new(json!([]), json!([])).await;
    world.release("1.0").await;
    world.through_staging("1.0").await;
    let bad = world.release("1.1").await;
    world.through_staging("1.1").await;
    told(world.ask("1.0", "staging", &json!({ "kind": "rollback" })), 201).await;
    let decision = world.may("deploy", &bad, "staging").await;
    assert_eq!((&decision["allow"], &decision["reasons"][0]["code"]), (&json!(false), &json!("rolled_back")));
    assert_eq!(world.may("pull", &bad, "staging").await["allow"], true, "it still drains");
}

#[tokio::test]
async fn a_list_tells_nobody_which_projects_there_are() {
    let world = World::new(json!([]), json!([])).await;
    let stranger = world.server.anonymous();
    for project in [PROJECT, "nowhere"] {
        let list = stranger.get(&format!("/api/v1/promotions?project={project}"));
        assert_eq!(told(list, 200).await["items"], json!([]));
    }
}
