//! May this digest do that there now?

use serde_json::{Value, json};

use super::kit::{REPO, World, approvals, code, told, two_stages};
use crate::registry::kit::{IMAGE, INDEX, events, image, put, sha256};

const DECISIONS: &str = "/api/v1/decisions";

#[tokio::test]
async fn a_decision_says_why_and_is_recorded_unless_it_is_a_dry_run() {
    let world = World::new(json!([]), json!([approvals(1)])).await;
    let digest = world.release("1.0").await;
    assert_eq!(world.may("deploy", &digest, "staging").await["reasons"][0]["code"], "not_admitted");
    world.through_staging("1.0").await;
    let image = format!("registry.example:5000/{REPO}:1.0@{digest}");
    let ask = |action: &str| json!({ "image": image, "environment": "staging", "action": action });
    let auditor = world.auditor().await;
    let before = events(&auditor).await.len();
    for action in ["deploy", "pull", "resume_step"] {
        let decision = told(world.deployer.post(DECISIONS).json(&ask(action)), 200).await;
        assert_eq!((&decision["allow"], &decision["reasons"][0]["code"]), (&json!(true), &json!("admitted")));
        assert!(decision["decision_id"].is_string() && decision["expires_at"].is_string(), "{decision}");
        assert!(decision["release"].is_string() && decision["promotion"].is_string(), "{decision}");
    }
    let recorded = events(&auditor).await;
    let recorded: Vec<&Value> = recorded.iter().skip(before).collect();
    assert_eq!(recorded.len(), 3, "nothing else came of it: {recorded:?}");
    assert!(recorded.iter().all(|event| event["kind"] == "decision.made" && event["outcome"] == "success"));
    assert!(world.may("deploy", &digest, "staging").await["decision_id"].is_null());
    let unknown = world.may("deploy", &sha256(b"unknown"), "staging").await;
    assert_eq!(unknown["reasons"][0]["code"], "no_release");
    let promote = world.may("promote", &digest, "production").await;
    assert_eq!(promote["allow"], false);
    assert!(promote["gates"].as_array().unwrap().iter().any(|gate| gate["gate"] == "people"), "{promote}");
}

#[tokio::test]
async fn a_lifecycle_can_be_tried_before_it_holds() {
    let world = World::new(json!([]), json!([])).await;
    let digest = world.release("1.0").await;
    let stricter = two_stages(json!([approvals(1)]), json!([]));
    let path = "/api/v1/projects/acme/lifecycle?activate=false";
    let kept = told(world.policy_admin.put(path).header("if-match", "\"1\"").json(&stricter), 200).await;
    assert_eq!((&kept["revision"], &kept["is_active"]), (&json!(2), &json!(false)));
    let ask = json!({
        "project": "acme", "digest": digest, "environment": "staging", "action": "promote", "dry_run": true,
        "lifecycle_revision": 2,
    });
    assert_eq!(told(world.deployer.post(DECISIONS).json(&ask), 200).await["allow"], false);
    assert_eq!(world.may("promote", &digest, "staging").await["allow"], true, "the one that holds");
    let mut recorded = ask.clone();
    recorded["dry_run"] = json!(false);
    assert_eq!(code(world.deployer.post(DECISIONS).json(&recorded), 400).await, "invalid_request");
    let activate = "/api/v1/projects/acme/lifecycle/revisions/2/activation";
    told(world.policy_admin.post(activate).header("if-match", "\"1\""), 200).await;
    assert_eq!(world.may("promote", &digest, "staging").await["allow"], false);
}

#[tokio::test]
async fn what_an_index_lists_is_what_the_index_is() {
    let world = World::new(json!([]), json!([])).await;
    let child = image(&world.admin, REPO, 5).await;
    let bytes = child.to_string();
    let digest = sha256(bytes.as_bytes());
    assert_eq!(put(&world.admin, REPO, &digest, &child).await.status(), 201);
    let descriptor = json!({ "mediaType": IMAGE, "digest": digest, "size": bytes.len(),
        "platform": { "architecture": "amd64", "os": "linux" } });
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor] });
    assert_eq!(put(&world.admin, REPO, "1.0", &index).await.status(), 201);
    let index = sha256(index.to_string().as_bytes());
    world.release_of("1.0", &index).await;
    world.promote("1.0", "staging").await;
    for digest in [&index, &digest] {
        assert_eq!(world.may("deploy", digest, "staging").await["allow"], true, "{digest}");
        assert_eq!(world.shown("staging", digest).await.as_ref(), Ok(digest));
    }
}

#[tokio::test]
async fn a_webhook_of_kubernetes_is_answered() {
    let world = World::new(json!([]), json!([])).await;
    let digest = world.release("1.0").await;
    world.promote("1.0", "staging").await;
    let review = |image: &str| {
        json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {
            "uid": "u-1", "operation": "CREATE", "kind": { "group": "", "version": "v1", "kind": "Pod" },
            "object": { "kind": "Pod", "spec": { "containers": [{ "name": "web", "image": image }] } } } })
    };
    let path = "/api/v1/decisions/kubernetes?environment=staging";
    let good = format!("registry.example/{REPO}@{digest}");
    let answer = told(world.deployer.post(path).json(&review(&good)), 200).await;
    assert_eq!((&answer["response"]["allowed"], &answer["response"]["uid"]), (&json!(true), &json!("u-1")));
    for (image, why) in [
        (format!("registry.example/{REPO}:1.0"), "names no digest"),
        (format!("registry.example/{REPO}@{}", sha256(b"x")), "member of no release"),
        (format!("registry.example/other/web@{digest}"), "may not ask"),
        (format!("registry.example/env/production/{REPO}@{digest}"), "not of this environment"),
    ] {
        let answer = told(world.deployer.post(path).json(&review(&image)), 200).await;
        assert_eq!(answer["response"]["allowed"], false, "{image}");
        let message = answer["response"]["status"]["message"].as_str().unwrap();
        assert!(message.contains(why), "{image}: {message}");
    }
    let old = json!({ "apiVersion": "admission.k8s.io/v1beta1", "kind": "AdmissionReview",
        "request": { "uid": "u", "object": null } });
    assert_eq!(code(world.deployer.post(path).json(&old), 400).await, "invalid_request");
}
