//! What may be pulled, by a project's choice.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Signer, push_referrer, set_policy};
use crate::registry::kit::{INDEX, descriptor, image, project, push_image, put, refused, sha256, user};
use crate::support::{Client, TestServer};

async fn pull(client: &Client, reference: &str) -> StatusCode {
    client.get(&format!("/v2/acme/app/manifests/{reference}")).send().await.unwrap().status()
}

fn policy(signer: &Signer, pull: &str) -> Value {
    json!({ "pull": pull, "signers": [signer.entry(&json!({}))] })
}

#[tokio::test(flavor = "multi_thread")]
async fn with_deny_a_reader_gets_only_what_a_signer_signed() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    let publisher = user(&server, "publisher", "publisher", json!({ "project": "acme" })).await;
    set_policy(&admin, "acme", &policy(&signer, "deny")).await;
    let digest = push_image(&publisher, "acme/app", "1", 1).await;
    for reference in ["1", &digest] {
        let path = format!("/v2/acme/app/manifests/{reference}");
        let error = refused(reader.get(&path).send().await.unwrap(), 403, "DENIED").await;
        assert!(
            error["message"].as_str().unwrap().contains("no signer of the trust policy signed"),
            "{error}"
        );
        assert_eq!(reader.head(&path).send().await.unwrap().status(), StatusCode::FORBIDDEN);
        assert_eq!(pull(&publisher, reference).await, StatusCode::OK, "who pushes must see what it is");
    }
    // Another's signature changes nothing, and is itself there for all to read.
    let signature = Signer::new("stranger").sign(&publisher, "acme/app", &digest).await;
    assert_eq!(pull(&reader, &signature).await, StatusCode::OK);
    assert_eq!(pull(&reader, "1").await, StatusCode::FORBIDDEN);
    let signature = signer.sign(&publisher, "acme/app", &digest).await;
    // At once: nobody waits for a job.
    assert_eq!(pull(&reader, "1").await, StatusCode::OK);
    assert_eq!(pull(&reader, &digest).await, StatusCode::OK);
    let gone = admin.delete(&format!("/v2/acme/app/manifests/{signature}")).send().await.unwrap();
    assert!(gone.status().is_success());
    assert_eq!(pull(&reader, "1").await, StatusCode::FORBIDDEN, "its signature was let go");
    signer.sign(&publisher, "acme/app", &digest).await;
    assert_eq!(pull(&reader, "1").await, StatusCode::OK);
    set_policy(&admin, "acme", &policy(&Signer::new("next"), "deny")).await;
    assert_eq!(pull(&reader, "1").await, StatusCode::FORBIDDEN, "the policy trusts another now");
    set_policy(&admin, "acme", &policy(&Signer::new("next"), "off")).await;
    assert_eq!(pull(&reader, "1").await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_index_covers_its_children_and_an_attestation_covers_nothing() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    let scope = json!({ "predicate_types": ["*"], "builders": [] });
    let trusted = json!({ "pull": "deny", "signers": [signer.entry(&json!({ "may": scope }))] });
    set_policy(&admin, "acme", &trusted).await;
    let mut children = Vec::new();
    for seed in 1..=2 {
        let digest = push_image(&admin, "acme/app", &format!("arch-{seed}"), seed).await;
        children.push(digest);
    }
    let listed: Vec<Value> = children
        .iter()
        .map(|digest| descriptor("application/vnd.oci.image.manifest.v1+json", digest, 1))
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": listed });
    assert!(put(&admin, "acme/app", "1", &index).await.status().is_success());
    let digest = sha256(index.to_string().as_bytes());
    signer.attest(&admin, "acme/app", &digest, "https://example.test/p", &json!({ "a": 1 })).await;
    for reference in ["1", &children[0]] {
        assert_eq!(pull(&reader, reference).await, StatusCode::FORBIDDEN, "to attest is not to sign");
    }
    signer.sign(&admin, "acme/app", &digest).await;
    for reference in ["1", &children[0], &children[1], "arch-1"] {
        assert_eq!(pull(&reader, reference).await, StatusCode::OK, "{reference}");
    }
    let other = push_image(&admin, "acme/app", "other", 3).await;
    assert_eq!(pull(&reader, &other).await, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_speaks_of_others_stays_readable_unless_it_could_run() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    set_policy(&admin, "acme", &policy(&signer, "deny")).await;
    let digest = push_image(&admin, "acme/app", "1", 1).await;
    let sbom = push_referrer(&admin, "acme/app", &digest, "application/spdx+json", b"{}").await;
    assert_eq!(pull(&reader, &sbom).await, StatusCode::OK);
    let listed = reader.get(&format!("/v2/acme/app/referrers/{digest}")).send().await.unwrap();
    assert_eq!(listed.status(), StatusCode::OK);
    // An image that says it refers to another, and one under a tag like cosign's, run all the same.
    let mut disguised = image(&admin, "acme/app", 2).await;
    disguised["subject"] = descriptor("application/vnd.oci.image.manifest.v1+json", &digest, 1);
    assert!(put(&admin, "acme/app", "referrer", &disguised).await.status().is_success());
    assert_eq!(pull(&reader, "referrer").await, StatusCode::FORBIDDEN);
    let tag = format!("sha256-{}.sig", digest.strip_prefix("sha256:").unwrap());
    let disguised = image(&admin, "acme/app", 3).await;
    assert!(put(&admin, "acme/app", &tag, &disguised).await.status().is_success());
    assert_eq!(pull(&reader, &tag).await, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_warn_all_is_served_and_the_reader_is_told() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let digest = push_image(&admin, "acme/app", "1", 1).await;
    let path = format!("/v2/acme/app/manifests/{digest}");
    let warning = async || {
        let answer = admin.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.headers().get("warning").map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(warning().await, None);
    set_policy(&admin, "acme", &policy(&signer, "warn")).await;
    let told = warning().await.unwrap();
    assert!(told.starts_with("299 - \"no signer of the trust policy signed sha256:"), "{told}");
    signer.sign(&admin, "acme/app", &digest).await;
    assert_eq!(warning().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_goes_no_further_than_its_level() {
    let server = TestServer::start().await;
    let (admin, signer) = (server.client(), Signer::new("ci"));
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    push_image(&admin, "acme/app", "1", 1).await;
    for (level, status, warned) in [
        ("strict", StatusCode::FORBIDDEN, false),
        ("warn", StatusCode::OK, true),
        ("audit", StatusCode::OK, false),
    ] {
        let mut document = policy(&signer, "deny");
        document["level"] = json!(level);
        set_policy(&admin, "acme", &document).await;
        let answer = reader.get("/v2/acme/app/manifests/1").send().await.unwrap();
        assert_eq!((answer.status(), answer.headers().contains_key("warning")), (status, warned), "{level}");
    }
}
