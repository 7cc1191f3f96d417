//! Each way to be refused has a reason of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::kit::{Signer, evidence, outcome, push_bundle, push_referrer, set_policy, verified};
use crate::registry::kit::{project, push_image};
use crate::support::{Client, TestServer};

const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
const PROVENANCE: &str = "https://slsa.dev/provenance/v1";

async fn server() -> (TestServer, String) {
    let server = TestServer::start().await;
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let digest = push_image(&server.client(), "acme/app", "1", 1).await;
    (server, digest)
}

fn changed(bundle: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut bundle: Value = serde_json::from_slice(bundle).unwrap();
    change(&mut bundle);
    bundle.to_string().into_bytes()
}

/// What comes of the one thing that speaks of an artifact.
async fn only(client: &Client, digest: &str) -> String {
    outcome(&evidence(&verified(client, "acme/app", digest, 1).await)[0])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tampered_with_is_refused() {
    let (server, _) = server().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy(&client, "acme", &json!({ "signers": [signer.entry(&json!({}))] })).await;
    let mut seed = 10;
    let mut check = async |code: &str, make: &dyn Fn(&str, &str) -> Vec<u8>| {
        seed += 2;
        let mine = push_image(&client, "acme/app", "a", seed).await;
        let other = push_image(&client, "acme/app", "b", seed + 1).await;
        push_bundle(&client, "acme/app", &mine, SIGN, &make(&mine, &other)).await;
        assert_eq!(only(&client, &mine).await, code);
    };
    let bundle = |digest: &str| signer.bundle(digest, SIGN, &json!({}));
    check("verified", &|mine, _| bundle(mine)).await;
    check("other_artifact", &|_, other| bundle(other)).await;
    check("signature_invalid", &|mine, other| {
        // Another's signature under a statement about this one.
        let theirs: Value = serde_json::from_slice(&bundle(other)).unwrap();
        changed(&bundle(mine), |bundle| {
            bundle["dsseEnvelope"]["signatures"] = theirs["dsseEnvelope"]["signatures"].clone();
        })
    })
    .await;
    check("signature_invalid", &|mine, _| {
        changed(&bundle(mine), |bundle| {
            let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
            let altered =
                String::from_utf8(payload).unwrap().replace("\"predicate\":{}", "\"predicate\":{\"a\":1}");
            bundle["dsseEnvelope"]["payload"] = json!(STANDARD.encode(altered));
        })
    })
    .await;
    check("payload_type", &|mine, _| {
        changed(&bundle(mine), |bundle| bundle["dsseEnvelope"]["payloadType"] = json!("application/json"))
    })
    .await;
    check("signature_count", &|mine, _| {
        changed(&bundle(mine), |bundle| {
            let one = bundle["dsseEnvelope"]["signatures"][0].clone();
            bundle["dsseEnvelope"]["signatures"] = json!([one, one]);
        })
    })
    .await;
    check("duplicate_key", &|mine, _| {
        let text = String::from_utf8(bundle(mine)).unwrap();
        text.replacen("\"payloadType\"", "\"payloadType\":\"x\",\"payloadType\"", 1).into_bytes()
    })
    .await;
    check("bundle_version", &|mine, _| {
        let old = "application/vnd.dev.sigstore.bundle+json;version=0.1";
        changed(&bundle(mine), |bundle| bundle["mediaType"] = json!(old))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_vouch_for_it_is_refused() {
    let (server, digest) = server().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    signer.sign(&client, "acme/app", &digest).await;
    let span = |from: &str, until: &str| json!({ "valid_from": from, "valid_until": until });
    for (more, code) in [
        (json!({}), "verified"),
        (span("2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z"), "key_expired"),
        (span("2100-01-01T00:00:00Z", "2101-01-01T00:00:00Z"), "key_not_yet_valid"),
        (json!({ "revoked": { "at": "2001-01-01T00:00:00Z" } }), "key_revoked"),
        (json!({ "may": { "repositories": ["acme/other", "acme/app/*"] } }), "repository_out_of_scope"),
        (json!({ "may": { "signatures": false } }), "signing_out_of_scope"),
        (json!({ "may": { "repositories": ["acme/*"] } }), "verified"),
    ] {
        set_policy(&client, "acme", &json!({ "signers": [signer.entry(&more)] })).await;
        assert_eq!(only(&client, &digest).await, code, "{more}");
    }
    set_policy(&client, "acme", &json!({ "signers": [Signer::new("other").entry(&json!({})), Signer::new("third").entry(&json!({}))] })).await;
    assert_eq!(only(&client, &digest).await, "signer_unknown");
}

#[tokio::test(flavor = "multi_thread")]
async fn provenance_counts_by_its_builder() {
    let (server, digest) = server().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    let predicate = json!({
        "buildDefinition": { "buildType": "https://example.test/build", "externalParameters": {} },
        "runDetails": { "builder": { "id": "https://builder.test/one" } },
    });
    signer.attest(&client, "acme/app", &digest, PROVENANCE, &predicate).await;
    let builders = |id: &str| json!([{ "id": id, "slsa_level": 3 }]);
    for (scope, code, level) in [
        (json!({}), "predicate_out_of_scope", Value::Null),
        (json!({ "predicate_types": [PROVENANCE] }), "builder_not_allowed", Value::Null),
        (
            json!({ "predicate_types": ["*"], "builders": builders("https://builder.test/two") }),
            "builder_not_allowed",
            Value::Null,
        ),
        (
            json!({ "predicate_types": ["*"], "builders": builders("https://builder.test/*") }),
            "verified",
            json!(3),
        ),
    ] {
        set_policy(&client, "acme", &json!({ "signers": [signer.entry(&json!({ "may": scope }))] })).await;
        let told = verified(&client, "acme/app", &digest, 1).await;
        let attestation = &told["attestations"][0];
        assert_eq!(
            (outcome(attestation).as_str(), &attestation["verification"]["slsa_level"]),
            (code, &level)
        );
        assert_eq!(told["signed"], false, "an attestation is no signature");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_or_signed_by_nobody_is_refused() {
    let (server, digest) = server().await;
    let (client, signer) = (server.client(), Signer::new("ci"));
    set_policy(&client, "acme", &json!({ "signers": [signer.entry(&json!({}))] })).await;
    let long = vec![b' '; 17 << 20];
    push_referrer(&client, "acme/app", &digest, "application/vnd.dsse.envelope.v1+json", &long).await;
    assert_eq!(only(&client, &digest).await, "too_large");
    let second = push_image(&client, "acme/app", "2", 2).await;
    let sbom = br#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[]}"#;
    push_referrer(&client, "acme/app", &second, "application/vnd.cyclonedx+json", sbom).await;
    let told = verified(&client, "acme/app", &second, 1).await;
    assert_eq!(told["attestations"][0]["kind"], "document");
    assert_eq!(outcome(&told["attestations"][0]), "unsigned");
    let third = push_image(&client, "acme/app", "3", 3).await;
    push_referrer(&client, "acme/app", &third, "application/vnd.dsse.envelope.v1+json", b"{}").await;
    assert_eq!(only(&client, &third).await, "malformed");
}
