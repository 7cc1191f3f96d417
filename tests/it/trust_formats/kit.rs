//! Policies, artifacts and evidence of a test.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use serde_json::{Value, json};
use waybill::trust::{About, Outcome, PolicyDocument, SignedContent, Verdict, Verifier, recognise};
use waybill::types::{Algorithm, Digest, Timestamp};

/// When all evidence of tests is seen.
pub const SEEN_AT: &str = "2026-11-23T12:00:00Z";

/// The folder of public vectors, which is not ours to keep beside the code; none where it is not.
pub fn vectors(folder: &str) -> Option<PathBuf> {
    let vectors = std::env::var_os("WAYBILL_TEST_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    let found = Some(vectors.join(folder)).filter(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: there are no vectors {folder} in {}", vectors.display());
    }
    found
}

/// A policy.
pub fn verifier(policy: &Value) -> Verifier {
    let document: PolicyDocument = serde_json::from_str(&policy.to_string()).unwrap();
    Verifier::new(&document).unwrap()
}

/// An artifact that is one file, or one whose manifest only is of interest.
pub struct Artifact {
    pub repository: &'static str,
    pub manifest: Vec<u8>,
    pub file: Option<Vec<u8>>,
    pub seen_at: &'static str,
}

impl SignedContent for Artifact {
    fn manifest(&self) -> &[u8] {
        &self.manifest
    }

    fn file(&self) -> Option<io::Result<Box<dyn io::Read + '_>>> {
        self.file.as_deref().map(|file| Ok(Box::new(file) as Box<dyn io::Read>))
    }
}

impl Artifact {
    pub fn of(manifest: impl Into<Vec<u8>>) -> Self {
        Self { repository: "acme/app", manifest: manifest.into(), file: None, seen_at: SEEN_AT }
    }

    pub fn digest(&self, algorithm: Algorithm) -> Digest {
        Digest::of(algorithm, &self.manifest)
    }

    /// What comes of evidence about it, its bytes at hand.
    pub fn verify(&self, verifier: &Verifier, evidence: &Evidence) -> Outcome {
        self.judge(verifier, evidence, Some(self))
    }

    /// What comes of evidence about it, by its names only.
    pub fn verify_by_name(&self, verifier: &Verifier, evidence: &Evidence) -> Outcome {
        self.judge(verifier, evidence, None)
    }

    fn judge(
        &self,
        verifier: &Verifier,
        evidence: &Evidence,
        content: Option<&dyn SignedContent>,
    ) -> Outcome {
        let Evidence { media_type, annotations, bytes } = evidence;
        self.judge_recognised(
            verifier,
            &recognise(media_type, annotations, bytes).expect("this is evidence"),
            content,
        )
    }

    /// What comes of what was recognised before.
    pub fn judge_recognised(
        &self,
        verifier: &Verifier,
        evidence: &waybill::trust::Evidence,
        content: Option<&dyn SignedContent>,
    ) -> Outcome {
        let names = [self.digest(Algorithm::Sha256), self.digest(Algorithm::Sha512)];
        let about = About {
            repository: &self.repository.parse().unwrap(),
            names: &[&names[0], &names[1]],
            seen_at: self.seen_at.parse::<Timestamp>().unwrap(),
            content,
        };
        verifier.verify(evidence, &about)
    }
}

/// A layer.
pub struct Evidence {
    pub media_type: String,
    pub annotations: BTreeMap<String, String>,
    pub bytes: Bytes,
}

impl Evidence {
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        Self { media_type: media_type.to_owned(), annotations: BTreeMap::new(), bytes: bytes.into() }
    }
}

/// The codes of an outcome's reasons; none if it is verified.
pub fn codes(outcome: &Outcome) -> Vec<&'static str> {
    assert_eq!(outcome.verdict == Verdict::Verified, outcome.reasons.is_empty(), "{outcome:?}");
    outcome.reasons.iter().map(waybill::trust::Reason::code).collect()
}

/// A policy with one signer by key.
pub fn by_key(pem: &str) -> Value {
    json!({ "signers": [{ "name": "builder", "by": { "key": { "pem": pem } } }] })
}
