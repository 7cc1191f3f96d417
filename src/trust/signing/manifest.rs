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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::ParsedManifest;

    #[test]
    fn golden() {
        let (subject, layer) = (Descriptor::of(MANIFEST, b"subject"), Descriptor::of("a/bundle", b"bundle"));
        let made = referrer_manifest(&subject, &layer, "https://example.test/p", Timestamp::from_micros(0));
        let golden = concat!(
            r#"{"annotations":{"dev.sigstore.bundle.content":"dsse-envelope","#,
            r#""dev.sigstore.bundle.predicateType":"https://example.test/p","#,
            r#""org.opencontainers.image.created":"1970-01-01T00:00:00Z"},"artifactType":"a/bundle","#,
            r#""config":{"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","#,
            r#""mediaType":"application/vnd.oci.empty.v1+json","size":2},"#,
            r#""layers":[{"digest":"sha256:1e6ed65d77d6364eeaed5a745ba5c4985ae2b700dd85d7cf7f027bdf294a33fc","#,
            r#""mediaType":"a/bundle","size":6}],"mediaType":"application/vnd.oci.image.manifest.v1+json","#,
            r#""schemaVersion":2,"subject":{"digest":"sha256:a9491f4c1bf7b0cffbadcba2db8f028e4b3f2867cb59e1f3a0bc1968f3c51242","#,
            r#""mediaType":"application/vnd.oci.image.manifest.v1+json","size":7}}"#,
        );
        assert_eq!(String::from_utf8(made.clone()).unwrap(), golden);
        let read = ParsedManifest::parse(&made, Some(&MANIFEST.parse().unwrap())).unwrap();
        assert_eq!(read.subject, Some(subject.digest));
        assert_eq!(read.artifact_type, Some("a/bundle".parse().unwrap()));
    }
}
