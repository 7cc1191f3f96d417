//! Attestations over plain HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Signer, outcome, set_policy};
use crate::registry::kit::{project, push_image, user};
use crate::support::{Client, TestServer};

const PREDICATE: &str = "https://example.test/tests/v1";

async fn post(client: &Client, digest: &str, body: Vec<u8>) -> (StatusCode, Value) {
    let path = format!("/api/v1/projects/acme/artifacts/{digest}/attestations?repository=acme/app");
    let answer =
        client.post(&path).header("content-type", "application/json").body(body).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or_default())
}

async fn server(signer: &Signer) -> (TestServer, String) {
    let server = TestServer::start().await;
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let scope = json!({ "may": { "predicate_types": ["https://example.test/*"] } });
    set_policy(&server.client(), "acme", &json!({ "signers": [signer.entry(&scope)] })).await;
    let digest = push_image(&server.client(), "acme/app", "1", 1).await;
    (server, digest)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_envelope_becomes_a_referrer_and_is_verified_at_once() {
    let signer = Signer::new("ci");
    let (server, digest) = server(&signer).await;
    let client = server.client();
    let envelope = signer.envelope_json(&digest, PREDICATE, &json!({ "ok": true })).to_string();
    let (status, body) = post(&client, &digest, envelope.clone().into_bytes()).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["predicate_type"], PREDICATE);
    let attestation = &body["trust"]["attestations"][0];
    assert_eq!(
        (outcome(attestation).as_str(), &attestation["verification"]["signer"]),
        ("verified", &json!("ci"))
    );
    assert_eq!(attestation["manifest"], body["manifest"]);
    let referrers: Value =
        client.get(&format!("/v2/acme/app/referrers/{digest}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(referrers["manifests"][0]["digest"], body["manifest"]);
    let blob = attestation["blob"].as_str().unwrap();
    let kept = client.get(&format!("/v2/acme/app/blobs/{blob}")).send().await.unwrap().text().await.unwrap();
    assert_eq!(kept, envelope, "byte for byte");
    let (status, again) = post(&client, &digest, envelope.into_bytes()).await;
    assert_eq!(
        (status, &again["manifest"]),
        (StatusCode::CREATED, &body["manifest"]),
        "once more is the same"
    );
    assert_eq!(again["trust"]["attestations"].as_array().unwrap().len(), 1);
    let bundle = signer.bundle(&digest, PREDICATE, &json!({ "ok": false }));
    let (status, body) = post(&client, &digest, bundle).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    assert_eq!(body["trust"]["attestations"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_no_attestation_of_it_is_refused_with_its_reason() {
    let signer = Signer::new("ci");
    let (server, digest) = server(&signer).await;
    let client = server.client();
    let other = push_image(&client, "acme/app", "2", 2).await;
    let good = signer.envelope_json(&digest, PREDICATE, &json!({}));
    let with = |key: &str, value: Value| {
        let mut envelope = good.clone();
        envelope[key] = value;
        envelope.to_string()
    };
    let doubled = json!([good["signatures"][0], good["signatures"][0]]);
    for (body, code) in [
        (signer.envelope_json(&other, PREDICATE, &json!({})).to_string(), "other_subject"),
        (with("payloadType", json!("text/plain")), "payload_type"),
        (with("signatures", doubled), "signature_count"),
        (with("payload", json!("!")), "malformed"),
        (good.to_string().replacen('{', "{\"payload\":\"\",", 1), "duplicate_key"),
        ("{}".to_owned(), "malformed"),
        ("no JSON".to_owned(), "malformed"),
    ] {
        let (status, problem) = post(&client, &digest, body.clone().into_bytes()).await;
        assert_eq!(
            (status, problem["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(code)),
            "{body} {problem}"
        );
        assert!(problem["detail"].as_str().unwrap().len() > 20, "{problem}");
    }
    let (status, problem) = post(&client, &digest, vec![b' '; 50 << 20]).await;
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, Some("too_large")),
        "{problem}"
    );
    let unknown = format!("sha256:{}", "0".repeat(64));
    assert_eq!(post(&client, &unknown, good.to_string().into_bytes()).await.0, StatusCode::NOT_FOUND);
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    assert_eq!(post(&reader, &digest, good.to_string().into_bytes()).await.0, StatusCode::FORBIDDEN);
    let referrers: Value =
        client.get(&format!("/v2/acme/app/referrers/{digest}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(referrers["manifests"], json!([]), "nothing half-written stays");
}
