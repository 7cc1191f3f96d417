//! What is made here, the verifier accepts; and nothing that was altered since.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::trust::{About, EvidenceKind, Outcome, PolicyDocument, Reason, Verdict, Verifier, recognise};
use crate::types::{Algorithm, Digest, Timestamp};

fn verifier(key: &SigningKey) -> Verifier {
    let pem = key.public().unwrap().to_pem().to_owned();
    let may = json!({ "predicate_types": ["*"], "builders": [{ "id": "*", "slsa_level": 3 }] });
    let policy = json!({ "signers": [{ "name": "ci", "by": { "key": { "pem": pem } }, "may": may }] });
    let document: PolicyDocument = serde_json::from_str(&policy.to_string()).unwrap();
    Verifier::new(&document).unwrap()
}

fn made(key: &SigningKey, names: &[Digest], predicate: &Predicate) -> Vec<u8> {
    bundle(&sign(key, statement(names, predicate)), &key.public().unwrap())
}

/// What the bytes are, and what they are worth for an artifact.
fn verify(verifier: &Verifier, bytes: &[u8], names: &[&Digest]) -> Option<(EvidenceKind, Outcome)> {
    let evidence = recognise(BUNDLE, &BTreeMap::new(), &Bytes::copy_from_slice(bytes))?;
    let repository = "team/app".parse().unwrap();
    let about = About { repository: &repository, names, seen_at: Timestamp::from_micros(0), content: None };
    Some((evidence.kind, verifier.verify(&evidence, &about)))
}

#[test]
fn signatures_and_attestations_are_told_apart() {
    let (key, name) = (SigningKey::generate(), Digest::of(Algorithm::Sha256, b"artifact"));
    let attested = Predicate::parse("https://example.test/x", b"{}").unwrap();
    for (predicate, kind) in
        [(Predicate::signature(), EvidenceKind::Signature), (attested, EvidenceKind::Attestation)]
    {
        let made = made(&key, std::slice::from_ref(&name), &predicate);
        let (found, outcome) = verify(&verifier(&key), &made, &[&name]).unwrap();
        assert_eq!(
            (found, outcome.verdict, outcome.signer.as_deref()),
            (kind, Verdict::Verified, Some("ci"))
        );
    }
}

#[test]
fn it_is_refused_for_what_is_wrong_with_it() {
    let (key, other) = (SigningKey::generate(), SigningKey::generate());
    let names = [b"a", b"b"].map(|bytes| Digest::of(Algorithm::Sha256, bytes));
    let made = made(&key, &names[..1], &Predicate::signature());
    let refused = |key: &SigningKey, bytes: &[u8], name: &Digest| {
        let (_, outcome) = verify(&verifier(key), bytes, &[name]).unwrap();
        assert_eq!(outcome.verdict, Verdict::Refused);
        outcome.reasons.into_iter().next().unwrap()
    };
    assert_eq!(refused(&key, &made, &names[1]), Reason::OtherArtifact);
    assert!(matches!(refused(&other, &made, &names[0]), Reason::SignatureInvalid(_) | Reason::SignerUnknown));
    let mut bundle: Value = serde_json::from_slice(&made).unwrap();
    let signature = bundle["dsseEnvelope"]["signatures"][0].clone();
    bundle["dsseEnvelope"]["signatures"] = json!([signature, signature]);
    let twice = bundle.to_string();
    assert_eq!(refused(&key, twice.as_bytes(), &names[0]), Reason::SignatureCount { count: 2 });
}

fn of_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_made_is_verified_and_what_is_altered_is_not(
        said in prop::collection::btree_map("\\PC{0,8}", of_json(), 0..4),
        kind in "https://[a-z]{1,8}/[a-z]{1,8}",
        artifact: Vec<u8>,
        at: prop::sample::Index,
        to: u8,
    ) {
        let key = SigningKey::generate();
        let said = Value::Object(said.into_iter().collect()).to_string();
        let predicate = Predicate::parse(&kind, said.as_bytes()).unwrap();
        let names = [Algorithm::Sha256, Algorithm::Sha512].map(|algorithm| Digest::of(algorithm, &artifact));
        let verifier = verifier(&key);
        let whole = made(&key, &names, &predicate);
        for name in &names {
            let (_, outcome) = verify(&verifier, &whole, &[name]).unwrap();
            prop_assert_eq!(outcome.verdict, Verdict::Verified, "{:?}", outcome.reasons);
        }
        // Any other byte of what is signed, or of the signature.
        let (mut bundle, at_signature) = (serde_json::from_slice::<Value>(&whole).unwrap(), to % 2 == 0);
        let envelope = &mut bundle["dsseEnvelope"];
        let field = if at_signature { &mut envelope["signatures"][0]["sig"] } else { &mut envelope["payload"] };
        let mut bytes = STANDARD.decode(field.as_str().unwrap()).unwrap();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        *field = STANDARD.encode(bytes).into();
        let verified = verify(&verifier, bundle.to_string().as_bytes(), &[&names[0]])
            .is_some_and(|(_, outcome)| outcome.verdict == Verdict::Verified);
        prop_assert!(!verified);
    }
}
