//! The manifest that ties a bundle to an artifact (OCI image spec, "Guidelines for Artifact Usage"), as cosign v3 lays it out.

use serde_json::{Value, json};

use super::BUNDLE;
use crate::types::{Algorithm, Digest, Timestamp};

/// Its media type.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// Its config, which says nothing.
pub const EMPTY: &[u8] = b"{}";

/// Names some content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

impl Descriptor {
    /// Of bytes in memory.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        let digest = Digest::of(Algorithm::Sha256, bytes);
        Self { media_type: media_type.to_owned(), digest, size: bytes.len() as u64 }
    }

    fn json(&self) -> Value {
        json!({ "mediaType": self.media_type, "digest": self.digest.as_str(), "size": self.size })
    }
}

/// The manifest of a bundle about `subject`. Its config, the bytes of [`EMPTY`], must be pushed as well.
pub fn referrer_manifest(
    subject: &Descriptor,
    bundle: &Descriptor,
    predicate_type: &str,
    created: Timestamp,
) -> Vec<u8> {
    let annotations = json!({
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": predicate_type,
        "org.opencontainers.image.created": created.to_rfc3339(),
    });
    manifest(subject, bundle, &annotations)
}

/// The manifest of an envelope or a bundle about `subject` that somebody else made: the same bytes are the same manifest,
/// whenever they come. Its config must be pushed as well.
pub fn attestation_manifest(subject: &Descriptor, attestation: &Descriptor, predicate_type: &str) -> Vec<u8> {
    let name = if attestation.media_type == BUNDLE {
        "dev.sigstore.bundle.predicateType"
    } else {
        "in-toto.io/predicate-type"
    };
    manifest(subject, attestation, &json!({ name: predicate_type }))
}

fn manifest(subject: &Descriptor, layer: &Descriptor, annotations: &Value) -> Vec<u8> {
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": layer.media_type,
        "config": Descriptor::of("application/vnd.oci.empty.v1+json", EMPTY).json(),
        "layers": [layer.json()],
        "subject": subject.json(),
        "annotations": annotations,
    });
    manifest.to_string().into_bytes()
}
