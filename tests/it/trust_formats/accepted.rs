//! What is accepted: every kind of key, both names of an artifact, bytes and names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use waybill::trust::{EvidenceKind, Format, recognise};
use waybill::types::Algorithm;

use super::kit::{Artifact, Evidence, by_key, codes, verifier};
use super::log::{LOGGED_AT, Log};
use super::signing::{COSIGN_SIGN, Key, bundled, enveloped, signing, statement};

const MANIFEST: &[u8] = b"a manifest";

#[test]
fn every_kind_of_key_signs() {
    for (kind, key) in Key::kinds() {
        let verifier = verifier(&by_key(&key.pem()));
        let artifact = Artifact::of(MANIFEST);
        let verified = |evidence: &Evidence| codes(&artifact.verify(&verifier, evidence)).is_empty();
        assert!(verified(&bundled(&key.bundle(&signing(MANIFEST)))), "{kind}: bundle");
        assert!(verified(&enveloped(&key.envelope(&signing(MANIFEST)))), "{kind}: envelope");
        assert!(verified(&bundled(&key.message_bundle(MANIFEST))), "{kind}: message");
        let altered = Artifact::of(b"another manifest".as_slice());
        let moved = altered.verify(&verifier, &bundled(&key.message_bundle(MANIFEST)));
        assert!(codes(&moved).contains(&"other_artifact"), "{kind}: {moved:?}");
        // By its name alone, where the bytes are not at hand: what hashes first can be verified.
        let by_name = codes(&artifact.verify_by_name(&verifier, &bundled(&key.message_bundle(MANIFEST))));
        assert_eq!(by_name.is_empty(), ["P-256", "RSA"].contains(&kind), "{kind}: {by_name:?}");
    }
}

#[test]
fn both_names_get_the_same_answer() {
    let key = Key::p256();
    let verifier = verifier(&by_key(&key.pem()));
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let bundle = key.bundle(&statement(algorithm, MANIFEST, COSIGN_SIGN, &json!({})));
        assert_eq!(codes(&Artifact::of(MANIFEST).verify(&verifier, &bundled(&bundle))), [""; 0]);
    }
}

#[test]
fn the_single_file_may_be_what_is_signed() {
    for (kind, key) in Key::kinds() {
        let verifier = verifier(&by_key(&key.pem()));
        let mut artifact = Artifact::of(MANIFEST);
        artifact.file = Some(vec![7; 300_000]);
        let mut bundle = key.message_bundle(&vec![7; 300_000]);
        assert_eq!(codes(&artifact.verify(&verifier, &bundled(&bundle))), [""; 0], "{kind}");
        bundle["messageSignature"].as_object_mut().unwrap().remove("messageDigest");
        assert_eq!(codes(&artifact.verify(&verifier, &bundled(&bundle))), [""; 0], "{kind}, digest not told");
        artifact.file = Some(vec![8; 300_000]);
        assert_eq!(codes(&artifact.verify(&verifier, &bundled(&bundle))), ["signature_invalid"], "{kind}");
    }
}

#[test]
fn a_large_file_is_not_held_whole() {
    for (kind, key) in Key::kinds() {
        let verifier = verifier(&by_key(&key.pem()));
        let mut artifact = Artifact::of(MANIFEST);
        artifact.file = Some(vec![7; (16 << 20) + 1]);
        let bundle = key.message_bundle(artifact.file.as_ref().unwrap());
        let expected: &[&str] = if kind == "Ed25519" { &["unsupported"] } else { &[] };
        assert_eq!(codes(&artifact.verify(&verifier, &bundled(&bundle))), expected, "{kind}");
        artifact.file.as_mut().unwrap()[16 << 20] = 8;
        assert!(codes(&artifact.verify(&verifier, &bundled(&bundle))).contains(&"other_artifact"), "{kind}");
    }
}

/// Cosign's payload, and its layer.
fn legacy(key: &Key, log: Option<&Log>, digest: &str) -> Evidence {
    let payload = json!({
        "critical": {
            "identity": { "docker-reference": "registry.test/acme/app" },
            "image": { "docker-manifest-digest": digest },
            "type": "cosign container image signature",
        },
        "optional": null,
    })
    .to_string();
    let signature = key.sign(payload.as_bytes());
    let mut evidence = Evidence::new("application/vnd.dev.cosign.simplesigning.v1+json", payload.clone());
    let annotations = &mut evidence.annotations;
    annotations.insert("dev.cosignproject.cosign/signature".to_owned(), STANDARD.encode(&signature));
    if let Some(log) = log {
        let bundle = log.legacy_bundle(key, payload.as_bytes(), &signature);
        annotations.insert("dev.sigstore.cosign/bundle".to_owned(), bundle);
    }
    evidence
}

#[test]
fn the_legacy_form_of_cosign() {
    let artifact = Artifact::of(MANIFEST);
    let digest = artifact.digest(Algorithm::Sha256);
    for (kind, key) in Key::kinds() {
        let verifier = verifier(&by_key(&key.pem()));
        let good = legacy(&key, None, digest.as_str());
        assert_eq!(codes(&artifact.verify(&verifier, &good)), [""; 0], "{kind}");
        let moved = legacy(&key, None, Artifact::of(*b"b").digest(Algorithm::Sha256).as_str());
        assert_eq!(codes(&artifact.verify(&verifier, &moved)), ["other_artifact"], "{kind}");
        let mut altered = legacy(&key, None, digest.as_str());
        altered.annotations = moved.annotations.clone();
        assert_eq!(codes(&artifact.verify(&verifier, &altered)), ["signature_invalid"], "{kind}");
    }
}

#[test]
fn the_legacy_form_with_a_log() {
    let (key, log) = (Key::p256(), Log::new());
    let artifact = Artifact::of(MANIFEST);
    let digest = artifact.digest(Algorithm::Sha256);
    let mut policy = by_key(&key.pem());
    policy["trusted_roots"] = json!({ "own": log.trusted_root() });
    policy["signers"][0]["by"]["key"]["trusted_root"] = json!("own");
    policy["signers"][0]["transparency_log"] = json!("required");
    let verifier = verifier(&policy);
    let good = legacy(&key, Some(&log), digest.as_str());
    let outcome = artifact.verify(&verifier, &good);
    assert_eq!(codes(&outcome), [""; 0], "{outcome:?}");
    assert_eq!(outcome.signed_at.map(|at| at.micros()), Some(LOGGED_AT * 1_000_000));
    let bare = legacy(&key, None, digest.as_str());
    assert_eq!(codes(&artifact.verify(&verifier, &bare)), ["log_proof_missing"]);
    let strange = legacy(&key, Some(&Log::new()), digest.as_str());
    assert_eq!(codes(&artifact.verify(&verifier, &strange)), ["log_proof_invalid"]);
    // The promise of another signature (CVE-2022-36056).
    let mut other = legacy(&key, None, digest.as_str());
    let annotations =
        legacy(&key, Some(&log), Artifact::of(*b"b").digest(Algorithm::Sha256).as_str()).annotations;
    let promise = annotations["dev.sigstore.cosign/bundle"].clone();
    other.annotations.insert("dev.sigstore.cosign/bundle".to_owned(), promise);
    assert_eq!(codes(&artifact.verify(&verifier, &other)), ["log_proof_invalid"]);
}

#[test]
fn kinds_are_told_by_content() {
    let key = Key::p256();
    let told = |bytes: String| {
        let evidence =
            recognise("application/octet-stream", &std::collections::BTreeMap::new(), &bytes.into());
        evidence.map(|evidence| (evidence.format, evidence.kind, evidence.predicate_type))
    };
    let other = statement(Algorithm::Sha256, MANIFEST, "https://example.test/x", &json!({}));
    let signature = Some((Format::SigstoreBundle, EvidenceKind::Signature, Some(COSIGN_SIGN.to_owned())));
    assert_eq!(told(key.bundle(&signing(MANIFEST)).to_string()), signature);
    let attestation =
        |format| Some((format, EvidenceKind::Attestation, Some("https://example.test/x".to_owned())));
    assert_eq!(told(key.bundle(&other).to_string()), attestation(Format::SigstoreBundle));
    assert_eq!(told(key.envelope(&other).to_string()), attestation(Format::Dsse));
    let message = Some((Format::SigstoreBundle, EvidenceKind::Signature, None));
    assert_eq!(told(key.message_bundle(MANIFEST).to_string()), message);
    for nothing in ["", "{}", "[]", "hello", "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\"}"]
    {
        assert_eq!(told(nothing.to_owned()), None, "{nothing}");
    }
}
