//! The layers of a manifest that may vouch for another.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::types::{Digest, EvidenceId, RepositoryId, Tag};

/// Most layers of one manifest that are looked at: cosign adds one for each signature.
pub const MAX_LAYERS: usize = 64;
/// Most bytes of a signature or attestation that are read.
pub const MAX_CONTENT: u64 = 16 << 20;

/// Media types that say of a layer that it vouches for something: their layers are evidence even where they can't be read.
const SAYS_SO: [&str; 5] = [
    "application/vnd.dev.cosign.simplesigning.v1+json",
    "application/vnd.dsse.envelope.v1+json",
    "application/vnd.in-toto+json",
    "application/jose+json",
    "application/cose",
];
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";

/// A layer, as its manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layer {
    /// Its media type.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes, as announced.
    pub size: u64,
    /// Its annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

impl Layer {
    /// Whether it says that it vouches for something.
    pub fn says_so(&self) -> bool {
        SAYS_SO.contains(&self.media_type.as_str()) || self.media_type.starts_with(BUNDLE)
    }
}

/// The layers of a manifest that was accepted; an index has none.
pub fn layers(manifest: &[u8]) -> Vec<Layer> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(default)]
        layers: Vec<Layer>,
    }
    serde_json::from_slice(manifest).map(|manifest: Manifest| manifest.layers).unwrap_or_default()
}

/// The config that says nothing: its bytes are `{}` (OCI image spec, "Guidance for an Empty Descriptor").
const EMPTY: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
/// What a config of those bytes is called (likewise).
const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";
/// What runs as an image's layer.
const IMAGE_LAYERS: [&str; 2] = ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

impl Layer {
    /// Whether clients unpack it as a part of an image.
    pub fn is_of_image(&self) -> bool {
        IMAGE_LAYERS.iter().any(|kind| self.media_type.starts_with(kind))
    }
}

/// The one layer of a manifest that is nothing but its layer: it says of itself that it is OCI's, not Docker's, and has the
/// empty config, so that no client makes an image of it.
pub fn only_layer(manifest: &[u8]) -> Option<Layer> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Manifest {
        media_type: String,
        config: Layer,
        layers: [Layer; 1],
    }
    let Manifest { media_type, config, layers: [layer] } = serde_json::from_slice(manifest).ok()?;
    let plain =
        media_type == OCI_MANIFEST && config.digest.as_str() == EMPTY && config.annotations.is_empty();
    (plain && !layer.is_of_image()).then_some(layer)
}

/// The one file that an artifact is, so that signing the file is signing all of it. With a config of its own, or of another
/// kind, anybody could make something else of a file that somebody signed.
pub fn single_file(manifest: &[u8]) -> Option<Layer> {
    #[derive(Deserialize)]
    struct Manifest {
        config: Layer,
    }
    let of_file = |manifest: &Manifest| manifest.config.media_type == EMPTY_TYPE;
    serde_json::from_slice(manifest).ok().filter(of_file)?;
    only_layer(manifest)
}

/// The id of evidence: made of where it stands and whom it speaks of, so that it is the same when the rows are made again.
pub fn evidence_id(
    repository: RepositoryId,
    subject: &Digest,
    carrier: &Digest,
    position: u32,
    tag: Option<&Tag>,
) -> EvidenceId {
    let text = format!("{repository} {subject} {carrier} {position} {}", tag.map_or("", Tag::as_str));
    let hash = Sha256::digest(text.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::from_bytes(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    #[test]
    fn layers_are_read_and_an_index_has_none() {
        let digest = Digest::of(Algorithm::Sha256, b"");
        let text = format!(
            r#"{{"layers":[{{"mediaType":"application/cose","digest":"{digest}","size":3,"annotations":{{"a":"b"}}}},{{"mediaType":"text/plain","digest":"{digest}","size":0}}]}}"#
        );
        let [first, second] = layers(text.as_bytes()).try_into().unwrap();
        assert!(first.says_so() && !second.says_so());
        assert_eq!(first.annotations["a"], "b");
        assert_eq!(layers(br#"{"manifests":[]}"#), []);
    }

    #[test]
    fn a_file_is_an_artifact_only_where_no_client_makes_another_thing_of_it() {
        let other = Digest::of(Algorithm::Sha256, b"");
        let (file, docker) = ("text/plain", "application/vnd.docker.distribution.manifest.v2+json");
        let manifest = |kind: &str, config: &str, digest: &str, layers: &[&str]| {
            let layer = |kind: &&str| format!(r#"{{"mediaType":"{kind}","digest":"{EMPTY}","size":3}}"#);
            let layers = layers.iter().map(layer).collect::<Vec<_>>().join(",");
            let config = format!(r#"{{"mediaType":"{config}","digest":"{digest}","size":2}}"#);
            format!(r#"{{"mediaType":"{kind}","config":{config},"layers":[{layers}]}}"#)
        };
        let single = |manifest: String| single_file(manifest.as_bytes()).is_some();
        assert!(single(manifest(OCI_MANIFEST, EMPTY_TYPE, EMPTY, &[file])));
        assert!(!single(manifest(OCI_MANIFEST, EMPTY_TYPE, EMPTY, &[file, file])));
        assert!(!single(manifest(OCI_MANIFEST, EMPTY_TYPE, EMPTY, &[])));
        assert!(!single(manifest(OCI_MANIFEST, EMPTY_TYPE, other.as_str(), &[file])));
        assert!(!single(manifest(OCI_MANIFEST, "application/vnd.cncf.helm.config.v1+json", EMPTY, &[file])));
        assert!(!single(manifest(docker, EMPTY_TYPE, EMPTY, &[file])));
        assert!(!single(manifest(OCI_MANIFEST, EMPTY_TYPE, EMPTY, &[&format!("{}v1.tar", IMAGE_LAYERS[0])])));
        let nameless = manifest(OCI_MANIFEST, EMPTY_TYPE, EMPTY, &[file]).replacen("mediaType", "x", 1);
        assert!(!single(nameless), "a client might be told that it is Docker's");
    }

    #[test]
    fn evidence_is_told_apart_by_all_that_makes_it() {
        let (a, b) = (Digest::of(Algorithm::Sha256, b"a"), Digest::of(Algorithm::Sha256, b"b"));
        let (here, there) = (RepositoryId::new(), RepositoryId::new());
        let tag: Tag = format!("sha256-{}.sig", a.hex()).parse().unwrap();
        let ids = [
            evidence_id(here, &a, &b, 0, None),
            evidence_id(there, &a, &b, 0, None),
            evidence_id(here, &b, &b, 0, None),
            evidence_id(here, &a, &a, 0, None),
            evidence_id(here, &a, &b, 1, None),
            evidence_id(here, &a, &b, 0, Some(&tag)),
        ];
        let distinct: std::collections::HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(ids[0], evidence_id(here, &a, &b, 0, None));
    }
}
