//! A key in other hands: what relied on it is found, and counts no more.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Signer, outcome, set_policy, trust, verified};
use crate::registry::kit::{events, project, push_image};
use crate::support::{TestServer, wait_until};

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_turns_all_that_relied_on_it_and_lists_the_artifacts() {
    let server = TestServer::start().await;
    let (client, [ci, other]) = (server.client(), ["ci", "other"].map(Signer::new));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let signers = [ci.entry(&json!({})), other.entry(&json!({}))];
    set_policy(&client, "acme", &json!({ "signers": signers })).await;
    let mut digests = Vec::new();
    for seed in 1..=5 {
        let digest = push_image(&client, "acme/app", &seed.to_string(), seed).await;
        ci.sign(&client, "acme/app", &digest).await;
        digests.push(digest);
    }
    // One of them is signed by both.
    other.sign(&client, "acme/app", &digests[0]).await;
    verified(&client, "acme/app", &digests[0], 2).await;
    for digest in &digests[1..] {
        assert_eq!(verified(&client, "acme/app", digest, 1).await["signed"], true);
    }
    let path = "/api/v1/projects/acme/trust-policy/signers/ci/revocation";
    let revocation = json!({ "at": "2020-01-01T00:00:00Z", "reason": "lost" });
    let answer = client.post(path).json(&revocation).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let turned = async || {
        let listed: Value = client
            .get("/api/v1/projects/acme/verifications?signer=ci&result=refused")
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        listed["items"].as_array().unwrap().len() == 5
    };
    wait_until("all that relied on the key turned", turned).await;
    for digest in &digests[1..] {
        let told = trust(&client, "acme/app", digest).await;
        assert_eq!(
            (&told["signed"], outcome(&told["signatures"][0])),
            (&json!(false), "key_revoked".to_owned())
        );
    }
    assert_eq!(verified(&client, "acme/app", &digests[0], 2).await["signed"], true, "by the other");
    let path = "/api/v1/projects/acme/trust-policy/signers/ci/artifacts";
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page: Value =
            client.get(&format!("{path}?limit=2{cursor}")).send().await.unwrap().json().await.unwrap();
        listed.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let mut expected: Vec<Value> = digests
        .iter()
        .enumerate()
        .map(|(at, digest)| json!({ "repository": "acme/app", "digest": digest, "vouched_for": at == 0 }))
        .collect();
    expected.sort_by_key(|one| one["digest"].as_str().unwrap().to_owned());
    assert_eq!(listed, expected);
    let changed = events(&client).await.into_iter().filter(|event| event["kind"] == "verification.changed");
    let changed: Vec<Value> = changed.collect();
    assert_eq!(changed.len(), 5);
    assert_eq!(changed[0]["data"]["before"], "verified");
    assert_eq!(changed[0]["data"]["verification"]["reasons"], json!(["key_revoked"]));
    let metrics = client.get("/metrics").send().await.unwrap();
    assert_eq!(metrics.status(), StatusCode::OK);
    assert!(metrics.text().await.unwrap().contains("waybill_trust_verifications_changed_total 5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_before_the_key_was_lost_stays_good() {
    let server = TestServer::start().await;
    let (client, ci) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    set_policy(&client, "acme", &json!({ "signers": [ci.entry(&json!({}))] })).await;
    let digest = push_image(&client, "acme/app", "1", 1).await;
    ci.sign(&client, "acme/app", &digest).await;
    verified(&client, "acme/app", &digest, 1).await;
    let revoked = json!({ "revoked": { "at": "2100-01-01T00:00:00Z", "reason": "planned" } });
    set_policy(&client, "acme", &json!({ "signers": [ci.entry(&revoked)] })).await;
    assert_eq!(verified(&client, "acme/app", &digest, 1).await["signed"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_revoked_under_each_of_its_names() {
    let server = TestServer::start().await;
    let (client, ci) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let digest = push_image(&client, "acme/app", "1", 1).await;
    ci.sign(&client, "acme/app", &digest).await;
    let revoked = ci.entry(&json!({ "revoked": { "at": "2020-01-01T00:00:00Z" } }));
    let twin = ci.entry(&json!({ "name": "twin" }));
    set_policy(&client, "acme", &json!({ "signers": [twin, revoked] })).await;
    let told = verified(&client, "acme/app", &digest, 1).await;
    assert_eq!((&told["signed"], outcome(&told["signatures"][0])), (&json!(false), "key_revoked".to_owned()));
}
