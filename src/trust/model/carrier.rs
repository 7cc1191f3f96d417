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

/// Media types of what runs: configs and layers of images.
const IMAGE_CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const IMAGE_LAYERS: [&str; 2] = ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];

/// Whether a manifest that refers to another, or stands under a tag that does, could run all the same. A referrer with the
/// config of an image could; cosign puts one beside its own layers, so there the layers tell. A list of others can't run by
/// itself: each that it lists is asked for on its own.
pub fn may_run(manifest: &[u8], under_legacy_tag: bool) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Config {
        media_type: String,
    }
    #[derive(Deserialize)]
    struct Manifest {
        config: Option<Config>,
        #[serde(default)]
        layers: Vec<Layer>,
    }
    // Closed where it can't be told.
    let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else { return true };
    let image = manifest.config.is_some_and(|config| IMAGE_CONFIGS.contains(&config.media_type.as_str()));
    let image_layer = |layer: &Layer| IMAGE_LAYERS.iter().any(|kind| layer.media_type.starts_with(kind));
    let only_speaks = !manifest.layers.is_empty() && manifest.layers.iter().all(Layer::says_so);
    image && (manifest.layers.iter().any(image_layer) || !(under_legacy_tag || only_speaks))
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
    fn what_could_run_is_told_from_what_speaks() {
        let digest = Digest::of(Algorithm::Sha256, b"");
        let manifest = |config: &str, layer: &str| {
            format!(
                r#"{{"config":{{"mediaType":"{config}"}},"layers":[{{"mediaType":"{layer}","digest":"{digest}","size":3}}]}}"#
            )
        };
        let (config, layer) = (IMAGE_CONFIGS[0], "application/vnd.oci.image.layer.v1.tar+gzip");
        let simple = "application/vnd.dev.cosign.simplesigning.v1+json";
        let (empty, bundle) =
            ("application/vnd.oci.empty.v1+json", "application/vnd.dev.sigstore.bundle.v0.3+json");
        for (config, layer, under_legacy_tag, runs) in [
            (config, layer, false, true),
            (config, layer, true, true),
            (config, simple, true, false),
            (config, simple, false, false),
            (config, "text/spdx", true, false),
            (config, "text/spdx", false, true),
            (empty, bundle, false, false),
            (empty, layer, false, false),
            (IMAGE_CONFIGS[1], layer, false, true),
        ] {
            let text = manifest(config, layer);
            assert_eq!(may_run(text.as_bytes(), under_legacy_tag), runs, "{text} {under_legacy_tag}");
        }
        assert!(!may_run(br#"{"manifests":[]}"#, false));
        assert!(may_run(b"{", false));
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
