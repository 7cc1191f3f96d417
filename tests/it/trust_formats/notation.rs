//! Notation's signatures.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coset::{CoseSign1, TaggedCborSerializable as _};
use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, date_time_ymd};
use serde_json::{Value, json};
use waybill::types::Algorithm;

use super::kit::{Artifact, Evidence, codes, vectors, verifier};
use super::notation_kit::{ALGORITHMS, Authority, Person, leaf, payload};

const MANIFEST: &[u8] = b"a manifest";

fn policy(pem: &str, subjects: &Value) -> Value {
    json!({
        "trust_stores": { "acme": pem },
        "signers": [{ "name": "release", "by": { "x509": { "trust_store": "acme", "subjects": subjects } } }],
    })
}

fn check(pem: &str, evidence: &Evidence) -> Vec<&'static str> {
    codes(&Artifact::of(MANIFEST).verify(&verifier(&policy(pem, &json!([]))), evidence))
}

#[test]
fn both_envelopes_in_every_algorithm() {
    let authority = Authority::new();
    let digest = Artifact::of(MANIFEST).digest(Algorithm::Sha256);
    let other = Artifact::of(*b"other").digest(Algorithm::Sha256);
    for algorithm in ALGORITHMS {
        let person = authority.person(algorithm, &leaf(|_| ()));
        for evidence in [person.jws(&digest, &json!({})), person.cose(&digest)] {
            assert_eq!(check(&authority.pem, &evidence), [""; 0], "{algorithm}");
            assert_eq!(check(&Authority::new().pem, &evidence), ["certificate"], "{algorithm}");
        }
        for evidence in [person.jws(&other, &json!({})), person.cose(&other)] {
            assert_eq!(check(&authority.pem, &evidence), ["other_artifact"], "{algorithm}");
        }
    }
}

#[test]
fn an_altered_envelope() {
    let authority = Authority::new();
    let person = authority.person("ES256", &leaf(|_| ()));
    let digest = Artifact::of(MANIFEST).digest(Algorithm::Sha256);
    let good = person.jws(&Artifact::of(*b"other").digest(Algorithm::Sha256), &json!({}));
    let mut altered: Value = serde_json::from_slice(&good.bytes).unwrap();
    altered["payload"] = json!(URL_SAFE_NO_PAD.encode(payload(&digest)));
    let altered = Evidence::new("application/jose+json", altered.to_string());
    assert_eq!(check(&authority.pem, &altered), ["signature_invalid"]);
    let good = person.cose(&digest);
    let mut sign = CoseSign1::from_tagged_slice(&good.bytes).unwrap();
    sign.payload = Some(payload(&Artifact::of(*b"other").digest(Algorithm::Sha256)).into_bytes());
    let altered = Evidence::new("application/cose", sign.to_tagged_vec().unwrap());
    assert_eq!(check(&authority.pem, &altered), ["signature_invalid"]);
    // Another algorithm than the key's, as it stands in the header.
    let evidence = person.jws(&digest, &json!({ "alg": "PS256" }));
    assert_eq!(check(&authority.pem, &evidence), ["signature_invalid"]);
    let evidence = person.jws(&digest, &json!({ "alg": "none" }));
    assert_eq!(check(&authority.pem, &evidence), ["unsupported"]);
}

#[test]
fn the_rules_of_attributes() {
    let authority = Authority::new();
    let person = authority.person("ES256", &leaf(|_| ()));
    let digest = Artifact::of(MANIFEST).digest(Algorithm::Sha256);
    let with = |changes: Value| check(&authority.pem, &person.jws(&digest, &changes));
    let scheme = "io.cncf.notary.signingScheme";
    let expiry = "io.cncf.notary.expiry";
    let critical = json!([scheme, expiry]);
    assert_eq!(with(json!({ "crit": critical, expiry: "2026-11-23T12:00:01Z" })), [""; 0]);
    assert_eq!(with(json!({ "crit": critical, expiry: "2026-11-23T12:00:00Z" })), ["signature_expired"]);
    assert_eq!(with(json!({ expiry: "2027-11-23T12:00:00Z" })), ["malformed"], "it must be critical");
    assert_eq!(with(json!({ "crit": critical })), ["malformed"], "what is critical must be there");
    assert_eq!(with(json!({ "crit": critical, expiry: "2026-11-23T09:00:00Z" })), ["malformed"]);
    assert_eq!(with(json!({ "crit": [] })), ["malformed"]);
    assert_eq!(with(json!({ "crit": [scheme, "io.cncf.notary.verificationPlugin"] })), ["unsupported"]);
    assert_eq!(with(json!({ scheme: "notary.x509.signingAuthority" })), ["unsupported"]);
    assert_eq!(with(json!({ "io.cncf.notary.signingTime": "yesterday" })), ["malformed"]);
    let authentic = json!({ "io.cncf.notary.authenticSigningTime": "2026-11-23T10:00:00Z" });
    assert_eq!(with(authentic), ["malformed"]);
    assert_eq!(with(json!({ "cty": "application/json" })), ["payload_type"]);
}

#[test]
fn the_rules_of_certificates() {
    let authority = Authority::new();
    let digest = Artifact::of(MANIFEST).digest(Algorithm::Sha256);
    let with = |change: fn(&mut rcgen::CertificateParams)| {
        let person = authority.person("ES256", &leaf(change));
        check(&authority.pem, &person.jws(&digest, &json!({})))
    };
    assert_eq!(with(|leaf| leaf.extended_key_usages.clear()), [""; 0], "no extended usage is every usage");
    assert_eq!(
        with(|leaf| leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
        ["certificate"]
    );
    let and_servers = |leaf: &mut rcgen::CertificateParams| {
        leaf.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    };
    assert_eq!(with(and_servers), ["certificate"]);
    assert_eq!(with(|leaf| leaf.key_usages.clear()), ["certificate"]);
    assert_eq!(with(|leaf| leaf.key_usages.push(KeyUsagePurpose::KeyEncipherment)), ["certificate"]);
    assert_eq!(with(|leaf| leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)), ["certificate"]);
    assert_eq!(with(|leaf| leaf.not_after = date_time_ymd(2026, 11, 1)), ["certificate_expired"]);
    assert_eq!(with(|leaf| leaf.not_before = date_time_ymd(2026, 12, 1)), ["certificate_expired"]);
}

#[test]
fn a_certificate_of_ones_own_and_whose_it_must_be() {
    let digest = Artifact::of(MANIFEST).digest(Algorithm::Sha256);
    let (person, pem) = Person::alone("ES256", &leaf(|_| ()));
    let evidence = person.jws(&digest, &json!({}));
    assert_eq!(check(&pem, &evidence), [""; 0]);
    let (_, same_name) = Person::alone("ES256", &leaf(|_| ()));
    assert_eq!(check(&same_name, &evidence), ["certificate"], "a name is no key");
    let (old, pem_of_old) = Person::alone("ES256", &leaf(|leaf| leaf.not_after = date_time_ymd(2026, 2, 1)));
    assert_eq!(check(&pem_of_old, &old.jws(&digest, &json!({}))), ["certificate_expired"]);
    let of = |subjects: Value| {
        codes(&Artifact::of(MANIFEST).verify(&verifier(&policy(&pem, &subjects)), &evidence))
    };
    assert_eq!(of(json!(["CN=Release,O=Acme"])), [""; 0]);
    assert_eq!(of(json!(["CN=x", "cn=*,2.5.4.10=Acme"])), [""; 0]);
    assert_eq!(of(json!(["*"])), [""; 0]);
    assert_eq!(of(json!(["CN=Release"])), [""; 0], "what is not named may be anything");
    assert_eq!(of(json!(["CN=Release,O=Other"])), ["signer_unknown"]);
}

/// The vectors of notation-core-go have no certificates and a payload of another kind: as they are, they are refused. Their
/// headers are read in earnest when signed again.
#[test]
fn the_cases_of_notation_core_go() {
    let Some(folder) = vectors("notation") else { return };
    let case =
        |name: &str| -> Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    let (mut refused, mut headers) = (0, 0);
    let authority = Authority::new();

    let cose = case("cose-conformance.json");
    let bytes = hex::decode(cose["expectedOutput"]["cborHex"].as_str().unwrap()).unwrap();
    let envelope = CoseSign1::from_tagged_slice(&bytes).unwrap();
    assert_eq!(check(&authority.pem, &Evidence::new("application/cose", bytes)), ["unsupported"]);
    refused += 1;
    let person = authority.person("PS384", &leaf(|_| ()));
    let digest = Artifact::of(MANIFEST).digest(Algorithm::Sha256);
    let mut artifact = Artifact::of(MANIFEST);
    artifact.seen_at = "2022-08-24T10:00:00Z";
    let mut protected = envelope.protected.clone();
    let sign = |protected| person.cose_of(protected, payload(&digest).as_bytes());
    let verifier = verifier(&policy(&authority.pem, &json!([])));
    assert_eq!(codes(&artifact.verify(&verifier, &sign(protected.clone()))), ["unsupported"]);
    // Without the attribute that none but its maker knows, all that speaks against it is when the certificate is valid.
    protected.original_data = None;
    let is_known = |label: &coset::RegisteredLabelWithPrivate<_>| !matches!(label, coset::RegisteredLabelWithPrivate::Text(text) if text == "signedCritKey1");
    protected.header.crit.retain(is_known);
    assert_eq!(codes(&artifact.verify(&verifier, &sign(protected.clone()))), ["certificate_expired"]);
    let sign = sign(protected);
    assert_eq!(codes(&Artifact::of(MANIFEST).verify(&verifier, &sign)), ["signature_expired"]);
    headers += 1;

    let jws = case("jws-conformance.json");
    assert_eq!(
        check(&authority.pem, &Evidence::new("application/jose+json", jws.to_string())),
        ["unsupported"]
    );
    refused += 1;
    let protected = URL_SAFE_NO_PAD.decode(jws["protected"].as_str().unwrap()).unwrap();
    let mut protected: Value = serde_json::from_slice(&protected).unwrap();
    protected["crit"].as_array_mut().unwrap().retain(|name| name != "signedCritKey1");
    let person = authority.person("ES256", &leaf(|_| ()));
    let evidence = person.jws_of(&protected.to_string(), &payload(&digest));
    assert_eq!(check(&authority.pem, &evidence), [""; 0]);
    headers += 1;
    println!("| notation-core-go | refused as they are | read when signed again |");
    println!("| 2 cases | {refused} | {headers} |");
}
