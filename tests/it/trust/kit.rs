//! Keys, policies and signatures in a line.

use reqwest::StatusCode;
use serde_json::{Value, json};
use waybill::trust::signing::{self, BUNDLE, COSIGN_SIGN, Descriptor, EMPTY, Predicate, SigningKey};
use waybill::types::{Digest, Timestamp};

use crate::registry::kit::{IMAGE, push_blob, put, put_bytes, sha256};
use crate::support::{Client, wait_until};

/// A signer's key, and what a policy says of it.
pub struct Signer {
    pub key: SigningKey,
    pub name: &'static str,
}

impl Signer {
    pub fn new(name: &'static str) -> Self {
        Self { key: SigningKey::generate(), name }
    }

    pub fn pem(&self) -> String {
        self.key.public().unwrap().to_pem().to_owned()
    }

    /// As a policy has it; `more` adds to it.
    pub fn entry(&self, more: &Value) -> Value {
        let mut entry = json!({ "name": self.name, "by": { "key": { "pem": self.pem() } } });
        let (all, more) = (entry.as_object_mut().unwrap(), more.as_object().unwrap().clone());
        all.extend(more);
        entry
    }

    /// A bundle with a statement about a digest.
    pub fn bundle(&self, digest: &str, kind: &str, predicate: &Value) -> Vec<u8> {
        let (public, envelope) = (self.key.public().unwrap(), self.envelope(digest, kind, predicate));
        signing::bundle(&envelope, &public)
    }

    pub fn envelope(&self, digest: &str, kind: &str, predicate: &Value) -> signing::Envelope {
        let digest: Digest = digest.parse().unwrap();
        let predicate = Predicate::parse(kind, predicate.to_string().as_bytes()).unwrap();
        signing::sign(&self.key, signing::statement(&[digest], &predicate))
    }

    /// The envelope alone, in JSON.
    pub fn envelope_json(&self, digest: &str, kind: &str, predicate: &Value) -> Value {
        let bundle: Value = serde_json::from_slice(&self.bundle(digest, kind, predicate)).unwrap();
        bundle["dsseEnvelope"].clone()
    }

    /// Signs an artifact as `waybill sign` does; returns the referrer's digest.
    pub async fn sign(&self, client: &Client, repo: &str, digest: &str) -> String {
        self.attest(client, repo, digest, COSIGN_SIGN, &json!({})).await
    }

    pub async fn attest(
        &self,
        client: &Client,
        repo: &str,
        digest: &str,
        kind: &str,
        predicate: &Value,
    ) -> String {
        push_bundle(client, repo, digest, kind, &self.bundle(digest, kind, predicate)).await
    }
}

/// Pushes a bundle as a referrer of an artifact, whatever is in it.
pub async fn push_bundle(client: &Client, repo: &str, digest: &str, kind: &str, bundle: &[u8]) -> String {
    push_blob(client, repo, EMPTY).await;
    push_blob(client, repo, bundle).await;
    let subject = Descriptor { media_type: IMAGE.to_owned(), digest: digest.parse().unwrap(), size: 1 };
    let layer = Descriptor::of(BUNDLE, bundle);
    let manifest = signing::referrer_manifest(&subject, &layer, kind, Timestamp::from_micros(0));
    let own = sha256(&manifest);
    let answer = put_bytes(client, repo, &own, signing::MANIFEST, manifest).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    own
}

/// Pushes some bytes as the one layer of a referrer.
pub async fn push_referrer(client: &Client, repo: &str, digest: &str, kind: &str, bytes: &[u8]) -> String {
    push_blob(client, repo, EMPTY).await;
    let layer = push_blob(client, repo, bytes).await;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": IMAGE,
        "artifactType": kind,
        "config": { "mediaType": "application/vnd.oci.empty.v1+json", "digest": sha256(EMPTY), "size": EMPTY.len() },
        "layers": [{ "mediaType": kind, "digest": layer, "size": bytes.len() }],
        "subject": { "mediaType": IMAGE, "digest": digest, "size": 1 },
    });
    let own = sha256(manifest.to_string().as_bytes());
    let answer = put(client, repo, &own, &manifest).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    own
}

/// Sets a project's trust policy, whatever held before.
pub async fn set_policy(client: &Client, project: &str, policy: &Value) {
    let path = format!("/api/v1/projects/{project}/trust-policy");
    let held = client.get(&path).send().await.unwrap();
    let own = held.headers().get("etag").cloned();
    let is_own = held.status() == StatusCode::OK && held.json::<Value>().await.unwrap()["owner"] == "project";
    let mut request = client.put(&path).json(policy);
    if let (true, Some(revision)) = (is_own, own) {
        request = request.header("if-match", revision);
    }
    let answer = request.send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
}

/// What speaks of an artifact.
pub async fn trust(client: &Client, repo: &str, digest: &str) -> Value {
    let project = repo.split('/').next().unwrap();
    let path = format!("/api/v1/projects/{project}/artifacts/{digest}/trust?repository={repo}&limit=1000");
    let answer = client.get(&path).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    answer.json().await.unwrap()
}

/// The same, as soon as `count` pieces of evidence were verified.
pub async fn verified(client: &Client, repo: &str, digest: &str, count: usize) -> Value {
    let done = |trust: &Value| {
        let all = evidence(trust);
        all.len() == count && all.iter().all(|one| one["verification"].is_object())
    };
    wait_until("all is verified", async || done(&trust(client, repo, digest).await)).await;
    trust(client, repo, digest).await
}

/// All that speaks of it.
pub fn evidence(trust: &Value) -> Vec<Value> {
    let of = |kind: &str| trust[kind].as_array().unwrap().clone();
    [of("signatures"), of("attestations")].concat()
}

/// `verified`, or the codes of why not.
pub fn outcome(evidence: &Value) -> String {
    let verification = &evidence["verification"];
    if verification["result"] == "verified" {
        return "verified".to_owned();
    }
    let codes =
        verification["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap());
    codes.collect::<Vec<_>>().join(",")
}
