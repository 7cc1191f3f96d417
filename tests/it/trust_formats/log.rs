//! A transparency log of one entry, as Rekor v1 proves it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::signing::Key;

/// When the log took in all that it holds: 2026-06-01T00:00:00Z.
pub const LOGGED_AT: i64 = 1_780_272_000;

/// A log, which a trusted root names.
pub struct Log(Key);

impl Log {
    pub fn new() -> Self {
        Self(Key::p256())
    }

    fn id(&self) -> [u8; 32] {
        Sha256::digest(self.0.spki()).into()
    }

    /// A trusted root with this log alone.
    pub fn trusted_root(&self) -> Value {
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [{
                "baseUrl": "https://log.test",
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": STANDARD.encode(self.0.spki()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": { "start": "2020-01-01T00:00:00Z" },
                },
                "logId": { "keyId": STANDARD.encode(self.id()) },
            }],
        })
    }

    /// The entry of a bundle's envelope, with its promise and its proof.
    pub fn prove_envelope(&self, key: &Key, bundle: &mut Value) {
        let envelope = &bundle["dsseEnvelope"];
        let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": { "algorithm": "sha256", "value": hex::encode(Sha256::digest(envelope.to_string())) },
                "payloadHash": { "algorithm": "sha256", "value": hex::encode(Sha256::digest(&payload)) },
                "signatures": [{
                    "signature": envelope["signatures"][0]["sig"],
                    "verifier": STANDARD.encode(key.pem()),
                }],
            },
        });
        bundle["verificationMaterial"]["tlogEntries"] = json!([self.entry("dsse", &body)]);
    }

    fn entry(&self, kind: &str, body: &Value) -> Value {
        let body = body.to_string();
        let leaf: [u8; 32] = Sha256::digest([b"\0", body.as_bytes()].concat()).into();
        let root = STANDARD.encode(leaf);
        let text = format!("log.test\n1\n{root}\n");
        let signature = [&self.id()[..4], &self.0.sign(text.as_bytes())].concat();
        json!({
            "logIndex": "0",
            "logId": { "keyId": STANDARD.encode(self.id()) },
            "kindVersion": { "kind": kind, "version": "0.0.1" },
            "integratedTime": LOGGED_AT.to_string(),
            "inclusionPromise": { "signedEntryTimestamp": STANDARD.encode(self.promise(body.as_bytes())) },
            "inclusionProof": {
                "logIndex": "0",
                "rootHash": root,
                "treeSize": "1",
                "hashes": [],
                "checkpoint": { "envelope": format!("{text}\n— log.test {}\n", STANDARD.encode(signature)) },
            },
            "canonicalizedBody": STANDARD.encode(body),
        })
    }

    /// The signed entry timestamp: over the entry in JSON, keys in order.
    fn promise(&self, body: &[u8]) -> Vec<u8> {
        let entry = format!(
            r#"{{"body":"{}","integratedTime":{LOGGED_AT},"logID":"{}","logIndex":0}}"#,
            STANDARD.encode(body),
            hex::encode(self.id()),
        );
        self.0.sign(entry.as_bytes())
    }

    /// What cosign's legacy signatures have in an annotation: the promise of an entry of a payload's signature.
    pub fn legacy_bundle(&self, key: &Key, payload: &[u8], signature: &[u8]) -> String {
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "hashedrekord",
            "spec": {
                "data": { "hash": { "algorithm": "sha256", "value": hex::encode(Sha256::digest(payload)) } },
                "signature": {
                    "content": STANDARD.encode(signature),
                    "publicKey": { "content": STANDARD.encode(key.pem()) },
                },
            },
        })
        .to_string();
        json!({
            "SignedEntryTimestamp": STANDARD.encode(self.promise(body.as_bytes())),
            "Payload": {
                "body": STANDARD.encode(&body),
                "integratedTime": LOGGED_AT,
                "logIndex": 0,
                "logID": hex::encode(self.id()),
            },
        })
        .to_string()
    }
}
