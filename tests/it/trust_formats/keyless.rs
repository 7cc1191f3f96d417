//! Signatures by identity: the good cases of sigstore-conformance, changed one thing at a time.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;
use waybill::trust::{About, Outcome, recognise};
use waybill::types::Algorithm;

use super::kit::{Artifact, SEEN_AT, codes, vectors, verifier};
use super::log::Log;
use super::signing::{Key, bundled};

const ISSUER: &str = "https://token.actions.githubusercontent.com";
const SUBJECT: &str = "https://github.com/sigstore-conformance/*@refs/heads/main";
const MESSAGE: &str = "happy-path-v0.3-new-mediaType";
const STATEMENT: &str = "happy-path-intoto-in-dsse-v3";

struct Case {
    artifact: Artifact,
    bundle: Value,
}

impl Case {
    fn read(folder: &Path, name: &str) -> Self {
        let bundle = fs::read(folder.join(name).join("bundle.sigstore.json")).unwrap();
        let artifact = Artifact::of(fs::read(folder.join("a.txt")).unwrap());
        Self { artifact, bundle: serde_json::from_slice(&bundle).unwrap() }
    }

    fn outcome(&self, policy: &Value) -> Outcome {
        self.artifact.verify(&verifier(policy), &bundled(&self.bundle))
    }

    fn codes(&self) -> Vec<&'static str> {
        codes(&self.outcome(&policy(ISSUER, SUBJECT)))
    }

    fn changed(&self, change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
        let mut bundle = self.bundle.clone();
        change(&mut bundle);
        let outcome = self.artifact.verify(&verifier(&policy(ISSUER, SUBJECT)), &bundled(&bundle));
        codes(&outcome)
    }
}

fn policy(issuer: &str, subject: &str) -> Value {
    let root: Value = serde_json::from_str(SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
    json!({
        "trusted_roots": { "public": root },
        "signers": [{
            "name": "workflow",
            "by": { "identity": { "issuer": issuer, "subject": subject, "trusted_root": "public" } },
            "may": { "predicate_types": ["*"], "builders": [{ "id": "*", "slsa_level": 2 }] },
        }],
    })
}

#[test]
fn whose_identity_it_must_be() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    for name in [MESSAGE, STATEMENT] {
        let case = Case::read(&folder, name);
        let good = case.outcome(&policy(ISSUER, SUBJECT));
        assert_eq!((codes(&good), good.signer.as_deref()), (vec![], Some("workflow")), "{name}");
        assert!(good.signed_at.is_some() && good.trusted_root.is_some(), "{name}");
        for other in [
            policy("https://token.actions.githubusercontent.com/", SUBJECT),
            policy("*", SUBJECT),
            policy(ISSUER, "https://github.com/sigstore-conformance/"),
            policy(ISSUER, "https://github.com/sigstore-conformance/*@refs/heads/main2"),
        ] {
            let outcome = case.outcome(&other);
            assert_eq!(
                (codes(&outcome), outcome.signer.as_deref()),
                (vec!["signer_unknown"], None),
                "{name}"
            );
            assert!(outcome.signed_at.is_some() && outcome.trusted_root.is_some(), "{name}");
        }
        let key = json!({ "signers": [{ "name": "key", "by": { "key": { "pem": Key::p256().pem() } } }] });
        assert_eq!(codes(&case.outcome(&key)), ["signer_unknown"], "{name}: a certificate is no key");
    }
}

#[test]
fn it_matters_not_which_name_comes_first() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    let case = Case::read(&folder, STATEMENT);
    let names = [Algorithm::Sha512, Algorithm::Sha256].map(|algorithm| case.artifact.digest(algorithm));
    let about = About {
        repository: &"acme/app".parse().unwrap(),
        names: &[&names[0], &names[1]],
        seen_at: SEEN_AT.parse().unwrap(),
        content: None,
    };
    let layer = bundled(&case.bundle);
    let evidence = recognise(&layer.media_type, &layer.annotations, &layer.bytes).unwrap();
    let verifier = verifier(&policy(ISSUER, SUBJECT));
    assert_eq!(codes(&verifier.verify(&evidence, &about)), [""; 0]);
    let sha512_only = About { names: &[&names[0]], ..about };
    assert_eq!(codes(&verifier.verify(&evidence, &sha512_only)), ["other_subject"], "it names SHA-256");
}

#[test]
fn what_was_moved_or_altered() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    for (name, code) in [(MESSAGE, "other_artifact"), (STATEMENT, "other_subject")] {
        let mut case = Case::read(&folder, name);
        case.artifact.manifest.push(b'!');
        assert!(case.codes().contains(&code), "{name}: {:?}", case.codes());
    }
    let case = Case::read(&folder, STATEMENT);
    let altered = case.changed(|bundle| {
        let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
        let payload = String::from_utf8(payload).unwrap().replacen("}}", "} }", 1);
        bundle["dsseEnvelope"]["payload"] = json!(STANDARD.encode(payload));
    });
    assert_eq!(altered, ["signature_invalid"]);
    let doubled = case.changed(|bundle| {
        let signature = bundle["dsseEnvelope"]["signatures"][0].clone();
        bundle["dsseEnvelope"]["signatures"].as_array_mut().unwrap().push(signature);
    });
    assert_eq!(doubled, ["signature_count"]);
    let both = case.changed(|bundle| {
        bundle["messageSignature"] = Case::read(&folder, MESSAGE).bundle["messageSignature"].clone();
    });
    assert_eq!(both, ["malformed"]);
}

#[test]
fn proofs_that_were_stripped() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    for name in [MESSAGE, STATEMENT, "happy-path-v0.2"] {
        let mut case = Case::read(&folder, name);
        let entries = |bundle: &mut Value| bundle["verificationMaterial"]["tlogEntries"] = json!([]);
        assert_eq!(case.changed(entries), ["log_proof_missing"], "{name}");
        let proof = |bundle: &mut Value| {
            let entry = &mut bundle["verificationMaterial"]["tlogEntries"][0];
            entry.as_object_mut().unwrap().remove("inclusionProof");
        };
        assert_eq!(case.changed(proof), ["log_proof_missing"], "{name}");
        proof(&mut case.bundle);
        let older = |bundle: &mut Value| {
            bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
        };
        if name.contains("v3") || name.contains("v0.3") {
            assert_eq!(case.changed(older), ["bundle_version"], "{name}");
        }
    }
}

#[test]
fn the_log_tells_when_it_was_signed() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    let case = Case::read(&folder, MESSAGE);
    let signed_at = case.outcome(&policy(ISSUER, SUBJECT)).signed_at.unwrap();
    let revoked_at = |at: &str| {
        let mut policy = policy(ISSUER, SUBJECT);
        policy["signers"][0]["revoked"] = json!({ "at": at });
        codes(&case.outcome(&policy))
    };
    assert_eq!(revoked_at(&signed_at.to_rfc3339()), ["key_revoked"]);
    assert_eq!(revoked_at("2026-11-01T00:00:00Z"), [""; 0], "it was signed years before");
}

#[test]
fn a_root_that_knows_nothing_of_it() {
    let Some(folder) = vectors("sigstore-bundles") else { return };
    let mut policy = policy(ISSUER, SUBJECT);
    policy["trusted_roots"]["public"] = Log::new().trusted_root();
    let outcome = Case::read(&folder, MESSAGE).outcome(&policy);
    assert_eq!((outcome.reasons.len(), outcome.signer), (1, None));
}
