//! A release on its way: refused with the reason, admitted by itself, soaked, and shown.

use serde_json::json;

use super::kit::{REPO, World, code, gate, history, told};
use crate::registry::kit::{events, push_image};
use crate::support::TestServer;
use crate::trust::kit::{Signer, set_policy};

#[tokio::test]
async fn a_release_is_admitted_by_itself_once_what_is_missing_is_there() {
    let sbom = json!({ "id": "sbom", "type": "attestation", "predicate_type": "cyclonedx" });
    let signed = json!({ "id": "signed", "type": "signature" });
    let world = World::new(json!([signed, sbom]), json!([])).await;
    let signer = Signer::new("ci");
    let may = json!({ "may": { "predicate_types": ["*"] } });
    set_policy(&world.admin, "acme", &json!({ "signers": [signer.entry(&may)] })).await;
    let digest = world.release("1.0").await;
    let promotion = world.promote("1.0", "staging").await;
    assert_eq!(promotion["state"], "blocked", "{promotion}");
    let missing = gate(&promotion, "sbom");
    assert_eq!((&missing["outcome"], &missing["mode"]), (&json!("missing"), &json!("enforce")));
    assert!(missing["remediation"].as_str().unwrap().contains("attach"), "{missing}");
    assert_eq!(world.shown("staging", "current").await, Err(403));
    signer.sign(&world.admin, REPO, &digest).await;
    let sbom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [] });
    signer.attest(&world.admin, REPO, &digest, "https://cyclonedx.org/bom", &sbom).await;
    let admitted = world.until(&promotion, "admitted").await;
    assert!(history(&admitted).starts_with(&["evaluating", "blocked"]), "{admitted}");
    assert_eq!(world.shown("staging", "current").await, Ok(digest.clone()));
    assert_eq!(world.shown("staging", "1.0").await, Ok(digest.clone()));
    assert_eq!(world.shown("production", "current").await, Err(403));
    world.assert_sound().await;
}

#[tokio::test]
async fn production_waits_for_staging_and_for_people() {
    let world = World::new(json!([]), json!([super::kit::approvals(2)])).await;
    let digest = world.release("1.0").await;
    let early = world.promote("1.0", "production").await;
    assert_eq!(early["state"], "blocked");
    assert_ne!(gate(&early, "upstream")["outcome"], "pass");
    world.through_staging("1.0").await;
    world.until(&early, "awaiting_approval").await;
    assert_eq!(world.approve(0, &early).await["state"], "awaiting_approval");
    assert_eq!(world.approve(1, &early).await["state"], "admitted");
    assert_eq!(world.shown("production", "current").await, Ok(digest));
    let next = world.release("1.1").await;
    assert_eq!(world.shown("production", &next).await, Err(403));
    world.assert_sound().await;
}

#[tokio::test]
async fn reports_go_forwards_and_a_predecessor_drains() {
    let mut world = World::new(json!([]), json!([])).await;
    let one = world.release("1.0").await;
    let first = world.promote("1.0", "staging").await;
    let skipped = world.say(&world.promoter, &first, "reports", json!({ "status": "deploying" }));
    assert_eq!(skipped.send().await.unwrap().status(), 403);
    world.verify(&first).await;
    let back = world.say(&world.deployer, &first, "reports", json!({ "status": "deploying" }));
    assert_eq!(code(back, 409).await, "promotion_state");
    // The same again says nothing new.
    assert_eq!(world.report(&first, "verified").await["state"], "verified");
    let two = world.release("1.1").await;
    let second = world.promote("1.1", "staging").await;
    assert_eq!(second["state"], "admitted");
    assert_eq!(world.shown("staging", "current").await, Ok(two.clone()));
    assert_eq!(world.shown("staging", "1.0").await, Ok(one.clone()), "it drains");
    assert_eq!(world.may("deploy", &one, "staging").await["reasons"][0]["code"], "draining");
    world.verify(&second).await;
    assert_eq!(world.shown("staging", "1.0").await, Ok(one.clone()), "for a while longer");
    world.travel(3601).await;
    assert_eq!(world.shown("staging", "1.0").await, Err(403));
    assert_eq!(world.may("deploy", &one, "staging").await["allow"], false);
    assert_eq!(world.shown("staging", "current").await, Ok(two));
}

#[tokio::test]
async fn what_is_released_can_not_be_deleted() {
    let world = World::new(json!([]), json!([])).await;
    let digest = world.release("1.0").await;
    world.promote("1.0", "staging").await;
    let answer = world.admin.delete(&format!("/v2/{REPO}/manifests/{digest}")).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    let text = answer.text().await.unwrap();
    assert!(text.contains("web 1.0") && text.contains("staging"), "{text}");
}

#[tokio::test]
async fn a_release_is_what_it_was_when_it_was_made() {
    let world =
        World::of(TestServer::builder().env("WAYBILL_PROJECT_DEFAULTS__TAGS", "mutable").start().await).await;
    let digest = push_image(&world.admin, REPO, "latest", 1).await;
    let path = "/api/v1/projects/acme/releases";
    let artifact = json!({ "repository": REPO, "reference": "latest", "role": "image" });
    let body = json!({ "name": "web", "version": "1", "artifacts": [artifact], "labels": { "risk": "low" } });
    let made = told(world.admin.post(path).json(&body), 201).await;
    assert_eq!(made["artifacts"][0]["digest"], digest);
    assert_eq!(told(world.admin.post(path).json(&body), 200).await["id"], made["id"]);
    push_image(&world.admin, REPO, "latest", 2).await;
    assert_eq!(code(world.admin.post(path).json(&body), 409).await, "version_exists");
    for named in [made["id"].as_str().unwrap(), "web@1", made["content"].as_str().unwrap()] {
        assert_eq!(told(world.admin.get(&format!("{path}/{named}")), 200).await["id"], made["id"]);
    }
    let mut other = body.clone();
    (other["name"], other["version"]) = (json!("api"), json!("1"));
    assert_eq!(code(world.admin.post(path).json(&other), 409).await, "other_line");
    other["artifacts"][0]["repository"] = json!("other/web");
    assert_eq!(world.admin.post(path).json(&other).send().await.unwrap().status(), 400);
    assert_eq!(code(world.deployer.post(path).json(&body), 403).await, "denied");
    let kinds: Vec<_> =
        events(&world.auditor().await).await.into_iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "release.created").count(), 1);
}
