//! Everything that is refused, each with its own reason code; and beside it what is accepted, so that a test which refuses
//! all would fail.

use proptest::prelude::*;
use serde_json::{Value, json};
use waybill::trust::{EvidenceKind, Outcome, recognise};
use waybill::types::Algorithm;

use super::kit::{Artifact, codes, verifier};
use super::log::{LOGGED_AT, Log};
use super::signing::{Key, SLSA, bundled, enveloped, provenance, signing, statement};

const MANIFEST: &[u8] = b"a manifest";
const BUILDER: &str = "https://ci.test/builder";

/// A policy with one signer by key, who may attest by one builder; with changes.
fn policy(key: &Key, changes: &Value) -> Value {
    let mut signer = json!({
        "name": "builder",
        "by": { "key": { "pem": key.pem() } },
        "may": { "predicate_types": [SLSA], "builders": [{ "id": BUILDER, "slsa_level": 3 }] },
    });
    for (name, value) in changes.as_object().unwrap() {
        signer[name] = value.clone();
    }
    json!({ "signers": [signer] })
}

fn outcome(policy: &Value, bundle: &Value) -> Outcome {
    Artifact::of(MANIFEST).verify(&verifier(policy), &bundled(bundle))
}

/// The codes, and that the signer is told all the same.
fn refused(policy: &Value, bundle: &Value) -> Vec<&'static str> {
    let outcome = outcome(policy, bundle);
    assert_eq!(outcome.signer.as_deref(), Some("builder"), "the signer is told: {outcome:?}");
    codes(&outcome)
}

#[test]
fn what_a_signer_may_say_is_verified() {
    let key = Key::p256();
    let policy = policy(&key, &json!({}));
    let signed = outcome(&policy, &key.bundle(&signing(MANIFEST)));
    assert_eq!((codes(&signed), signed.signer.as_deref()), (vec![], Some("builder")));
    let attested = outcome(&policy, &key.bundle(&provenance(MANIFEST, BUILDER)));
    assert_eq!((codes(&attested), attested.slsa_level), (vec![], Some(3)));
}

#[test]
fn a_signature_that_was_moved_from_another_artifact() {
    let key = Key::p256();
    let moved = key.bundle(&signing(b"another manifest"));
    assert_eq!(refused(&policy(&key, &json!({})), &moved), ["other_artifact"]);
    let moved = key.message_bundle(b"another manifest");
    assert_eq!(refused(&policy(&key, &json!({})), &moved), ["other_artifact"]);
}

#[test]
fn a_statement_with_another_subject() {
    let key = Key::p256();
    let other = key.bundle(&provenance(b"another manifest", BUILDER));
    assert_eq!(refused(&policy(&key, &json!({})), &other), ["other_subject"]);
}

#[test]
fn a_payload_that_was_altered() {
    let (key, other) = (Key::p256(), Key::p256());
    let mut altered = key.bundle(&signing(b"another manifest"));
    altered["dsseEnvelope"]["payload"] = key.bundle(&signing(MANIFEST))["dsseEnvelope"]["payload"].clone();
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &altered)), ["signature_invalid"]);
    // Among several keys, what came with it says which one it should be.
    let mut two = policy(&key, &json!({}));
    let second = policy(&other, &json!({ "name": "other" }))["signers"][0].clone();
    two["signers"].as_array_mut().unwrap().push(second);
    assert_eq!(codes(&outcome(&two, &altered)), ["signature_invalid"]);
    altered["verificationMaterial"]["publicKey"]["hint"] = json!("");
    assert_eq!(codes(&outcome(&two, &altered)), ["signer_unknown"]);
}

#[test]
fn a_signer_that_the_policy_does_not_name() {
    let stranger = Key::p256();
    let bundle = stranger.bundle(&signing(MANIFEST));
    let policy = json!({ "signers": [] });
    assert_eq!(codes(&outcome(&policy, &bundle)), ["signer_unknown"]);
}

#[test]
fn a_payload_type_that_is_not_in_toto() {
    let key = Key::p256();
    let mut bundle = key.bundle(&signing(MANIFEST));
    bundle["dsseEnvelope"] = key.envelope_of("application/json", signing(MANIFEST).to_string().as_bytes());
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["payload_type"]);
    // The payload type is signed: to write another over it helps nobody.
    bundle["dsseEnvelope"]["payloadType"] = json!("application/vnd.in-toto+json");
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["signature_invalid"]);
}

#[test]
fn a_doubled_signature() {
    let key = Key::p256();
    let mut bundle = key.bundle(&signing(MANIFEST));
    let signature = bundle["dsseEnvelope"]["signatures"][0].clone();
    bundle["dsseEnvelope"]["signatures"] = json!([signature, signature]);
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["signature_count"]);
    bundle["dsseEnvelope"]["signatures"] = json!([]);
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["signature_count"]);
}

#[test]
fn a_bundle_that_says_another_version() {
    let key = Key::p256();
    let mut bundle = key.bundle(&signing(MANIFEST));
    for unknown in
        ["application/vnd.dev.sigstore.bundle.v0.9+json", "application/vnd.dev.sigstore.bundle+json"]
    {
        bundle["mediaType"] = json!(unknown);
        assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["bundle_version"]);
    }
    bundle["verificationMaterial"] = json!({ "certificate": { "rawBytes": "AA==" } });
    bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["bundle_version"]);
}

#[test]
fn a_log_proof_that_was_stripped_or_is_of_another_signature() {
    let (key, log) = (Key::p256(), Log::new());
    let mut policy = policy(
        &key,
        &json!({
            "by": { "key": { "pem": key.pem(), "trusted_root": "own" } },
            "transparency_log": "required",
        }),
    );
    policy["trusted_roots"] = json!({ "own": log.trusted_root() });
    let mut bundle = key.bundle(&signing(MANIFEST));
    assert_eq!(refused(&policy, &bundle), ["log_proof_missing"]);
    log.prove_envelope(&key, &mut bundle);
    let proven = outcome(&policy, &bundle);
    assert_eq!(codes(&proven), [""; 0]);
    assert_eq!(proven.signed_at.map(|at| at.micros()), Some(LOGGED_AT * 1_000_000));
    assert!(proven.trusted_root.is_some());

    // The proof goes, and the version with it, so that a promise alone would do.
    let mut downgraded = bundle.clone();
    let entry = &mut downgraded["verificationMaterial"]["tlogEntries"][0];
    entry.as_object_mut().unwrap().remove("inclusionProof");
    assert_eq!(refused(&policy, &downgraded), ["log_proof_missing"]);
    downgraded["mediaType"] = json!("application/vnd.dev.sigstore.bundle+json;version=0.1");
    assert_eq!(refused(&policy, &downgraded), ["log_proof_missing"]);

    // The same signature in an entry of another log, and another signature's entry (CVE-2022-36056).
    let mut strange = bundle.clone();
    Log::new().prove_envelope(&key, &mut strange);
    assert_eq!(refused(&policy, &strange), ["log_proof_invalid"]);
    let mut other = key.bundle(&provenance(MANIFEST, BUILDER));
    other["verificationMaterial"] = bundle["verificationMaterial"].clone();
    assert_eq!(refused(&policy, &other), ["log_proof_invalid"]);
    // Backdated.
    bundle["verificationMaterial"]["tlogEntries"][0]["integratedTime"] = json!((LOGGED_AT - 60).to_string());
    assert_eq!(refused(&policy, &bundle), ["log_proof_invalid"]);
}

#[test]
fn more_proofs_than_anybody_needs() {
    let (key, log) = (Key::p256(), Log::new());
    let mut bundle = key.bundle(&signing(MANIFEST));
    log.prove_envelope(&key, &mut bundle);
    let entry = bundle["verificationMaterial"]["tlogEntries"][0].clone();
    bundle["verificationMaterial"]["tlogEntries"] = json!(vec![entry.clone(); 32]);
    assert_eq!(refused(&policy(&key, &json!({})), &bundle), [""; 0]);
    bundle["verificationMaterial"]["tlogEntries"] = json!(vec![entry; 33]);
    assert_eq!(codes(&outcome(&policy(&key, &json!({})), &bundle)), ["unsupported"]);
}

#[test]
fn a_key_that_expired_or_is_not_valid_yet_or_is_revoked() {
    let key = Key::p256();
    let bundle = key.bundle(&signing(MANIFEST));
    let at = |changes: Value| policy(&key, &changes);
    let before = "2026-11-23T11:59:59Z";
    let seen = "2026-11-23T12:00:00Z";
    let after = "2026-11-23T12:00:01Z";
    assert_eq!(refused(&at(json!({ "valid_until": before })), &bundle), ["key_expired"]);
    assert_eq!(refused(&at(json!({ "valid_until": seen })), &bundle), ["key_expired"]);
    assert_eq!(refused(&at(json!({ "valid_from": after })), &bundle), ["key_not_yet_valid"]);
    let revoked = |at: &str| json!({ "revoked": { "at": at, "reason": "stolen" } });
    assert_eq!(refused(&at(revoked(before)), &bundle), ["key_revoked"]);
    assert_eq!(refused(&at(revoked(seen)), &bundle), ["key_revoked"]);
    for good in [json!({ "valid_until": after }), json!({ "valid_from": seen }), revoked(after)] {
        assert_eq!(refused(&at(good), &bundle), [""; 0]);
    }
}

#[test]
fn the_log_tells_the_time_where_there_is_one() {
    let (key, log) = (Key::p256(), Log::new());
    let mut bundle = key.bundle(&signing(MANIFEST));
    log.prove_envelope(&key, &mut bundle);
    let with = |changes: Value| {
        let mut policy = policy(&key, &changes);
        policy["signers"][0]["by"]["key"]["trusted_root"] = json!("own");
        policy["trusted_roots"] = json!({ "own": log.trusted_root() });
        policy
    };
    // Seen in November, but signed by the first of June at the latest.
    let revoked = |at: &str| json!({ "revoked": { "at": at } });
    assert_eq!(refused(&with(revoked("2026-06-01T00:00:01Z")), &bundle), [""; 0]);
    assert_eq!(refused(&with(revoked("2026-06-01T00:00:00Z")), &bundle), ["key_revoked"]);
}

#[test]
fn what_a_signer_may_not_vouch_for() {
    let key = Key::p256();
    let with = |may: Value| policy(&key, &json!({ "may": may }));
    let signature = key.bundle(&signing(MANIFEST));
    let attestation = key.bundle(&provenance(MANIFEST, BUILDER));
    let elsewhere = with(json!({ "repositories": ["acme/other", "acme/ap"] }));
    assert_eq!(refused(&elsewhere, &signature), ["repository_out_of_scope"]);
    assert_eq!(refused(&with(json!({ "signatures": false })), &signature), ["signing_out_of_scope"]);
    assert_eq!(refused(&with(json!({})), &attestation), ["predicate_out_of_scope"]);
    let any = json!({ "predicate_types": ["*"] });
    assert_eq!(
        refused(&with(any), &attestation),
        ["builder_not_allowed"],
        "no builder is allowed unless named"
    );
    let other =
        json!({ "predicate_types": ["*"], "builders": [{ "id": "https://ci.test/other", "slsa_level": 3 }] });
    assert_eq!(refused(&with(other), &attestation), ["builder_not_allowed"]);
    let old = statement(
        Algorithm::Sha256,
        MANIFEST,
        "https://slsa.dev/provenance/v0.2",
        &json!({ "builder": { "id": BUILDER }, "runDetails": { "builder": { "id": "https://evil.test" } } }),
    );
    let levels = json!({ "predicate_types": ["*"], "builders": [
        { "id": "https://ci.test/*", "slsa_level": 1 },
        { "id": BUILDER, "slsa_level": 2 },
    ] });
    let told = outcome(&with(levels), &key.bundle(&old));
    assert_eq!((codes(&told), told.slsa_level), (vec![], Some(2)), "the highest of those that fit");
}

#[test]
fn what_nobody_signed() {
    let key = Key::p256();
    let document = json!({ "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": [] });
    let evidence = super::kit::Evidence::new("application/vnd.cyclonedx+json", document.to_string());
    let outcome = Artifact::of(MANIFEST).verify(&verifier(&policy(&key, &json!({}))), &evidence);
    assert_eq!(codes(&outcome), ["unsigned"]);
}

#[test]
fn what_was_recognised_as_something_else() {
    let key = Key::p256();
    let bundle = bundled(&key.bundle(&provenance(MANIFEST, BUILDER)));
    let told = recognise(&bundle.media_type, &bundle.annotations, &bundle.bytes).unwrap();
    let verifier = verifier(&policy(&key, &json!({})));
    let check = |evidence| codes(&Artifact::of(MANIFEST).judge_recognised(&verifier, &evidence, None));
    assert_eq!(check(told.clone()), [""; 0]);
    let as_signature = waybill::trust::Evidence { kind: EvidenceKind::Signature, ..told.clone() };
    assert_eq!(check(as_signature), ["malformed"], "an attestation is no signature");
    let of_other_type = waybill::trust::Evidence { predicate_type: Some("x".to_owned()), ..told };
    assert_eq!(check(of_other_type), ["malformed"]);
}

#[test]
fn keys_that_stand_twice() {
    let key = Key::p256();
    let text = key.bundle(&signing(MANIFEST)).to_string();
    let twice = text.replacen('{', r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","#, 1);
    let evidence = super::kit::Evidence::new(super::signing::BUNDLE, twice);
    let outcome = Artifact::of(MANIFEST).verify(&verifier(&policy(&key, &json!({}))), &evidence);
    assert_eq!(codes(&outcome), ["duplicate_key"]);
    // Within what is signed.
    let statement = signing(MANIFEST).to_string().replacen('{', r#"{"_type":"x","#, 1);
    let envelope = key.envelope_of(waybill::trust::IN_TOTO, statement.as_bytes());
    let outcome = Artifact::of(MANIFEST).verify(&verifier(&policy(&key, &json!({}))), &enveloped(&envelope));
    assert_eq!(codes(&outcome), ["duplicate_key"]);
}

#[test]
fn of_two_signers_with_one_key_either_may_admit_it_else_the_closest_tells_why() {
    let key = Key::p256();
    let bundle = key.bundle(&signing(MANIFEST));
    let expired =
        json!({ "name": "old", "valid_until": "2020-01-01T00:00:00Z", "may": { "signatures": false } });
    let mut policy = policy(&key, &expired);
    let mut second = policy["signers"][0].clone();
    second["name"] = json!("new");
    second["may"] = json!({ "repositories": ["acme/*"] });
    second.as_object_mut().unwrap().remove("valid_until");
    policy["signers"].as_array_mut().unwrap().push(second);
    let told = outcome(&policy, &bundle);
    assert_eq!((codes(&told), told.signer.as_deref()), (vec![], Some("new")));
    policy["signers"][1]["may"] = json!({ "repositories": ["other/*"] });
    let told = outcome(&policy, &bundle);
    assert_eq!((codes(&told), told.signer.as_deref()), (vec!["repository_out_of_scope"], Some("new")));
}

proptest! {
    /// Whatever byte of a bundle changes: what is verified is what was signed, or nothing is.
    #[test]
    fn one_byte_that_changed(place: prop::sample::Index, byte: u8) {
        let key = Key::p256();
        let bundle = key.bundle(&signing(MANIFEST));
        let mut bytes = bundle.to_string().into_bytes();
        *place.get_mut(&mut bytes) = byte;
        let evidence = super::kit::Evidence::new("application/json", bytes);
        if recognise(&evidence.media_type, &evidence.annotations, &evidence.bytes).is_some() {
            let outcome = Artifact::of(MANIFEST).verify(&verifier(&policy(&key, &json!({}))), &evidence);
            if codes(&outcome).is_empty() {
                let read: Value = serde_json::from_slice(&evidence.bytes).unwrap();
                prop_assert_eq!(&read["dsseEnvelope"]["payload"], &bundle["dsseEnvelope"]["payload"]);
                prop_assert_eq!(&read["dsseEnvelope"]["payloadType"], &bundle["dsseEnvelope"]["payloadType"]);
            }
        }
    }
}
