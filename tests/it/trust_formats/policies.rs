//! Policies that can't be used, and what they are told.

use serde_json::{Value, json};
use waybill::trust::{PolicyDocument, Verifier};

use super::log::Log;
use super::signing::Key;

fn refusal(policy: &Value) -> String {
    let document: PolicyDocument = serde_json::from_str(&policy.to_string()).unwrap();
    let refusal = Verifier::new(&document).map(drop).unwrap_err();
    assert_eq!(document.check(), Err(refusal.clone()));
    refusal.to_string()
}

fn signer(name: &str, changes: &Value) -> Value {
    let mut signer = json!({ "name": name, "by": { "key": { "pem": Key::p256().pem() } } });
    for (name, value) in changes.as_object().unwrap() {
        signer[name] = value.clone();
    }
    signer
}

#[test]
fn a_policy_says_what_is_wrong_with_it() {
    let of = |changes: Value| refusal(&json!({ "signers": [signer("a", &changes)] }));
    let private =
        "-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAA==\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----";
    let two = format!("{}{}", Key::p256().pem(), Key::p256().pem());
    for (policy, part) in [
        (of(json!({ "by": { "key": { "pem": "x" } } })), "BEGIN PUBLIC KEY"),
        (of(json!({ "by": { "key": { "pem": private } } })), "private"),
        (of(json!({ "by": { "key": { "pem": two } } })), "one PEM"),
        (
            of(json!({ "by": { "key": { "pem": Key::p256().pem(), "trusted_root": "x" } } })),
            "no trusted root \"x\"",
        ),
        (of(json!({ "transparency_log": "required" })), "name the `trusted_root`"),
        (of(json!({ "by": { "minisign": { "key": "x" } } })), "minisign public key"),
        (of(json!({ "by": { "ssh": { "key": "ssh-ed25519 AAAA" } } })), "SSH public key"),
        (of(json!({ "by": { "x509": { "trust_store": "x" } } })), "no trust store"),
        (
            of(json!({ "by": { "identity": { "issuer": "", "subject": "*", "trusted_root": "x" } } })),
            "`issuer`",
        ),
        (
            of(json!({ "may": { "repositories": ["team/*", "Team/app"] } })),
            "no repository can have a name such as \"Team/app\": a repository name is lower-case",
        ),
        (of(json!({ "may": { "repositories": ["team/"] } })), "such as \"team/\""),
        (of(json!({ "may": { "repositories": [""] } })), "`may.repositories`"),
        (of(json!({ "valid_from": "yesterday" })), "`valid_from`"),
        (of(json!({ "revoked": { "at": "2026-02-30T00:00:00Z" } })), "`revoked.at`"),
        (
            of(json!({ "valid_from": "2026-01-01T00:00:00Z", "valid_until": "2026-01-01T00:00:00Z" })),
            "later than `valid_from`",
        ),
        (of(json!({ "may": { "builders": [{ "id": "*", "slsa_level": 5 }] } })), "0 to 4"),
        (refusal(&json!({ "signers": [signer("a b", &json!({}))] })), "letters, digits"),
        (refusal(&json!({ "signers": [signer("", &json!({}))] })), "1 to 64"),
        (refusal(&json!({ "signers": [signer("a", &json!({})), signer("a", &json!({}))] })), "two signers"),
        (refusal(&json!({ "trusted_roots": { "own": {} } })), "trusted_root.json"),
        (refusal(&json!({ "trust_stores": { "own": "" } })), "holds no certificate"),
    ] {
        assert!(policy.contains(part), "{policy:?} should say {part:?}");
    }
    let many: Vec<Value> = (0..101).map(|n| signer(&format!("a{n}"), &json!({}))).collect();
    assert!(refusal(&json!({ "signers": many })).contains("at most 100 signers"));
    let roots: serde_json::Map<String, Value> =
        (0..11).map(|n| (format!("r{n}"), Log::new().trusted_root())).collect();
    assert!(refusal(&json!({ "trusted_roots": roots })).contains("at most 10 trusted roots"));
}
