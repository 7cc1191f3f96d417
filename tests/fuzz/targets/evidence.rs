#![no_main]
//! Whatever a layer holds is no evidence, or evidence that nobody signed: recognising and verifying end with that answer.
//! What stands behind the last NUL is the text of every annotation.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::LazyLock;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use parsers::trust::formats::{About, SignedContent, Verifier, recognise};
use parsers::trust::model::{Envelope, Outcome, PolicyDocument, Statement, Verdict};
use parsers::trust::predicates;
use parsers::types::{Algorithm, Digest, Timestamp};
use sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;

const ANNOTATIONS: [&str; 5] = [
    "dev.cosignproject.cosign/signature",
    "dev.sigstore.cosign/bundle",
    "dev.sigstore.cosign/certificate",
    "dev.sigstore.cosign/chain",
    "dev.sigstore.cosign/rfc3161timestamp",
];
const MEDIA_TYPES: [&str; 3] = ["", "application/cose", "application/vnd.dev.sigstore.bundle.v0.3+json"];

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    let policy = include_str!("../policy.json").replace("\"ROOT\"", SIGSTORE_PRODUCTION_TRUSTED_ROOT);
    let document: PolicyDocument = serde_json::from_str(&policy).expect("the policy can be read");
    Verifier::new(&document).expect("the policy can be used")
});

struct Content;

impl SignedContent for Content {
    fn manifest(&self) -> &[u8] {
        b"a manifest that nobody signed"
    }

    fn file(&self) -> Option<io::Result<Box<dyn Read + '_>>> {
        Some(Ok(Box::new(b"a file that nobody signed".as_slice())))
    }
}

fn verify(media_type: &str, annotations: &BTreeMap<String, String>, bytes: &Bytes) -> Option<Outcome> {
    let evidence = recognise(media_type, annotations, bytes)?;
    let about = About {
        repository: &"acme/app".parse().expect("a name"),
        names: &[&Digest::of(Algorithm::Sha256, Content.manifest())],
        seen_at: Timestamp::from_micros(1_795_000_000_000_000),
        content: Some(&Content),
    };
    Some(VERIFIER.verify(&evidence, &about))
}

fuzz_target!(|data: &[u8]| {
    let (bytes, annotation) = match data.iter().rposition(|byte| *byte == 0) {
        Some(at) => (&data[..at], String::from_utf8_lossy(&data[at + 1..])),
        None => (data, "".into()),
    };
    let annotations = ANNOTATIONS.map(|name| (name.to_owned(), annotation.to_string())).into();
    for media_type in MEDIA_TYPES {
        for annotations in [&annotations, &BTreeMap::new()] {
            for bytes in [bytes, data] {
                if let Some(outcome) = verify(media_type, annotations, &Bytes::copy_from_slice(bytes)) {
                    assert!(outcome.verdict == Verdict::Refused && !outcome.reasons.is_empty());
                }
            }
        }
    }
    // What attestations say is read whoever signed them.
    if let Ok(envelope) = Envelope::parse(bytes)
        && let Ok(statement) = Statement::parse(&envelope.payload)
    {
        let _ = predicates::of_statement(&statement);
    }
    if let Some(predicate_type) = predicates::document_type(bytes) {
        let _ = predicates::of_document(predicate_type, bytes);
    }
});
