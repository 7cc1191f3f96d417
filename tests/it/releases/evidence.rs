//! Evidence that an admission relied on: it stays, or what came of it is said.

use serde_json::{Value, json};

use super::kit::{PROJECT, REPO, World, gate, told};
use crate::registry::kit::{IMAGE, INDEX, descriptor, image, push_blob, push_image, put, sha256};
use crate::support::{Client, wait_until};
use crate::trust::kit::{Signer, set_policy, verified};

fn signed() -> Value {
    json!([{ "id": "signed", "type": "signature" }])
}

/// Staging asks for signatures of `ci` or `other`, production asks for nothing.
async fn world() -> (World, Signer, Signer) {
    let world = World::new(signed(), json!([])).await;
    let (ci, other) = (Signer::new("ci"), Signer::new("other"));
    let signers = [ci.entry(&json!({})), other.entry(&json!({}))];
    set_policy(&world.admin, PROJECT, &json!({ "signers": signers })).await;
    (world, ci, other)
}

async fn delete(client: &Client, what: &str) -> (u16, String) {
    let answer = client.delete(&format!("/v2/{REPO}/manifests/{what}")).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Waits until the last word on a promotion is this one.
async fn until_said(world: &World, promotion: &Value, why: &str) -> Value {
    wait_until(why, async || world.promotion(promotion).await["why"] == why).await;
    world.promotion(promotion).await
}

#[tokio::test]
async fn what_vouches_for_what_is_admitted_stays() {
    let (world, ci, _) = world().await;
    let digest = world.release("1.0").await;
    let signature = ci.sign(&world.admin, REPO, &digest).await;
    let promotion = world.promote("1.0", "staging").await;
    world.until(&promotion, "admitted").await;
    let (status, told) = delete(&world.admin, &signature).await;
    assert_eq!(status, 409);
    assert!(told.contains("it speaks of a part of the release web 1.0 (admitted in staging)"), "{told}");
    // By a tag, as cosign has it.
    let tag = format!("{}.sig", digest.replace(':', "-"));
    push_image(&world.admin, REPO, &tag, 99).await;
    assert_eq!(delete(&world.admin, &tag).await.0, 409);
    // What is nowhere may be let go of.
    let next = world.release("1.1").await;
    let signature = ci.sign(&world.admin, REPO, &next).await;
    assert_eq!(delete(&world.admin, &signature).await.0, 202);
}

#[tokio::test]
async fn a_revoked_key_reopens_what_came_after_it_until_another_signs() {
    let (world, ci, other) = world().await;
    let digest = world.release("1.0").await;
    ci.sign(&world.admin, REPO, &digest).await;
    let staging = world.promote("1.0", "staging").await;
    world.until(&staging, "admitted").await;
    world.verify(&staging).await;
    let production = world.promote("1.0", "production").await;
    assert_eq!(production["state"], "admitted", "{production}");
    let path = format!("/api/v1/projects/{PROJECT}/trust-policy/signers/ci/revocation");
    told(world.admin.post(&path).json(&json!({ "at": "2020-01-01T00:00:00Z", "reason": "lost" })), 200).await;
    for (promotion, environment) in [(&staging, "staging"), (&production, "production")] {
        let reopened = until_said(&world, promotion, "reopened").await;
        assert_eq!(gate(&reopened, "signed")["outcome"], "missing", "{reopened}");
        let decision = world.may("deploy", &digest, environment).await;
        assert_eq!(
            (&decision["allow"], &decision["reasons"][0]["code"]),
            (&json!(false), &json!("reopened"))
        );
        assert_eq!(world.shown(environment, "current").await, Ok(digest.clone()), "what runs goes on");
    }
    // A roll-out that goes on does not make it good.
    for status in ["deploying", "deployed"] {
        world.report(&production, status).await;
    }
    assert_eq!(world.report(&production, "verified").await["why"], "reopened");
    other.sign(&world.admin, REPO, &digest).await;
    for promotion in [&staging, &production] {
        until_said(&world, promotion, "holds_again").await;
    }
    assert_eq!(world.may("deploy", &digest, "production").await["allow"], true);
    world.assert_sound().await;
}

#[tokio::test]
async fn nothing_is_promoted_from_where_it_was_reopened() {
    let (world, ci, _) = world().await;
    let digest = world.release("1.0").await;
    let signature = ci.sign(&world.admin, REPO, &digest).await;
    verified(&world.admin, REPO, &digest, 1).await;
    world.through_staging("1.0").await;
    // A tag of cosign's vouches no more once it points elsewhere: the policy asks for nobody else.
    let path = format!("/api/v1/projects/{PROJECT}/trust-policy/signers/ci/revocation");
    told(world.admin.post(&path).json(&json!({ "at": "2020-01-01T00:00:00Z", "reason": "lost" })), 200).await;
    let list = format!("/api/v1/promotions?project={PROJECT}&environment=staging");
    wait_until("it is reopened", async || {
        told(world.admin.get(&list), 200).await["items"][0]["why"] == "reopened"
    })
    .await;
    let next = world.promote("1.0", "production").await;
    assert_eq!(
        (&next["state"], &next["why"]),
        (&json!("blocked"), &json!("not_verified_upstream")),
        "{next}"
    );
    assert_eq!(delete(&world.admin, &signature).await.0, 409);
}

#[tokio::test]
async fn an_attestation_under_a_tag_that_moves_reopens() {
    let sbom = json!({ "id": "sbom", "type": "attestation", "predicate_type": "cyclonedx" });
    let world = World::new(json!([sbom]), json!([])).await;
    let ci = Signer::new("ci");
    let may = json!({ "may": { "predicate_types": ["*"] } });
    set_policy(&world.admin, PROJECT, &json!({ "signers": [ci.entry(&may)] })).await;
    let digest = world.release("1.0").await;
    let document = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [] });
    let envelope = ci.envelope_json(&digest, "https://cyclonedx.org/bom", &document).to_string();
    let layer = push_blob(&world.admin, REPO, envelope.as_bytes()).await;
    let mut manifest = image(&world.admin, REPO, 2).await;
    manifest["layers"] = json!([descriptor("application/vnd.dsse.envelope.v1+json", &layer, envelope.len())]);
    let tag = format!("{}.att", digest.replace(':', "-"));
    assert_eq!(put(&world.admin, REPO, &tag, &manifest).await.status(), 201);
    let promotion = world.promote("1.0", "staging").await;
    world.until(&promotion, "admitted").await;
    push_image(&world.admin, REPO, &tag, 3).await;
    until_said(&world, &promotion, "reopened").await;
    assert_eq!(put(&world.admin, REPO, &tag, &manifest).await.status(), 201);
    until_said(&world, &promotion, "holds_again").await;
    world.assert_sound().await;
}

#[tokio::test]
async fn an_index_by_whose_signature_a_part_counts_reopens_that_when_it_goes() {
    let (world, ci, _) = world().await;
    let child = image(&world.admin, REPO, 3).await;
    put(&world.admin, REPO, "1.0", &child).await;
    let (digest, size) = (sha256(child.to_string().as_bytes()), child.to_string().len());
    let listed = json!([{ "mediaType": IMAGE, "digest": digest, "size": size }]);
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    put(&world.admin, REPO, "all", &index).await;
    let index = sha256(index.to_string().as_bytes());
    ci.sign(&world.admin, REPO, &index).await;
    world.release_of("1.0", &digest).await;
    let promotion = world.promote("1.0", "staging").await;
    world.until(&promotion, "admitted").await;
    assert_eq!(delete(&world.admin, &index).await.0, 202);
    until_said(&world, &promotion, "reopened").await;
}
