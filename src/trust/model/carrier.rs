//! The layers of a manifest that may vouch for another.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
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
/// Media types of what runs: configs and layers of images.
const IMAGE_CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const IMAGE_LAYERS: [&str; 2] = ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];
/// Clients write a config that has a title to a file of that name.
const TITLE: &str = "org.opencontainers.image.title";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    config: Option<Layer>,
    #[serde(default)]
    layers: Vec<Layer>,
    manifests: Option<Vec<Child>>,
}

#[derive(Deserialize)]
struct Child {
    data: Option<IgnoredAny>,
}

/// What a manifest is that stands beside others, by its form alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// It can't run, whatever its layers hold: clients may read it to verify what it speaks of.
    Speaks,
    /// It can run unless these layers are text, which no client unpacks.
    Unless(Vec<Layer>),
    /// It may run, or hold what may.
    MayRun,
}

/// Tells what a manifest is that refers to another, or stands under a tag that does. A list can't run by itself, and each that
/// it lists is asked for on its own: unless it brings along what it lists. Layers by another name than an image's are not
/// believed: clients unpack them all the same.
pub fn beside(manifest: &[u8]) -> Beside {
    // Closed where it can't be told.
    let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else { return Beside::MayRun };
    if let Some(children) = manifest.manifests {
        let whole = children.iter().any(|child| child.data.is_some());
        return if whole { Beside::MayRun } else { Beside::Speaks };
    }
    let Some(config) = manifest.config else { return Beside::MayRun };
    let is_image = IMAGE_CONFIGS.contains(&config.media_type.as_str());
    if config.digest.as_str() == EMPTY && !is_image {
        return Beside::Speaks;
    }
    let few = !manifest.layers.is_empty() && manifest.layers.len() <= MAX_LAYERS;
    let short = manifest.layers.iter().all(|layer| layer.size <= MAX_CONTENT && !is_image_layer(layer));
    if few && short && !config.annotations.contains_key(TITLE) {
        Beside::Unless(manifest.layers)
    } else {
        Beside::MayRun
    }
}

fn is_image_layer(layer: &Layer) -> bool {
    IMAGE_LAYERS.iter().any(|kind| layer.media_type.starts_with(kind))
}

/// Whether bytes are text: no archive is, compressed or not.
pub fn is_text(bytes: &[u8]) -> bool {
    let readable = |text: &str| !text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
    str::from_utf8(bytes).is_ok_and(readable)
}

/// The one file that an artifact is: of a manifest whose config says nothing, so that signing the file is signing all of it.
/// With a config of its own, anybody could make something else of a file that somebody signed.
pub fn single_file(manifest: &[u8]) -> Option<Layer> {
    let manifest: Manifest = serde_json::from_slice(manifest).ok()?;
    let config = manifest.config?;
    let plain = config.digest.as_str() == EMPTY
        && config.annotations.is_empty()
        && !IMAGE_CONFIGS.contains(&config.media_type.as_str());
    let [layer] = <[Layer; 1]>::try_from(manifest.layers).ok()?;
    plain.then_some(layer)
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

    const SIMPLE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
    const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

    fn manifest(config: &str, digest: &str, layers: &[&str]) -> Vec<u8> {
        let layer = |kind: &&str| format!(r#"{{"mediaType":"{kind}","digest":"{EMPTY}","size":3}}"#);
        let layers: Vec<String> = layers.iter().map(layer).collect();
        let config = format!(r#"{{"mediaType":"{config}","digest":"{digest}","size":2}}"#);
        format!(r#"{{"config":{config},"layers":[{}]}}"#, layers.join(",")).into_bytes()
    }

    #[test]
    fn what_could_run_is_told_from_what_speaks() {
        let other = Digest::of(Algorithm::Sha256, b"");
        let (image, empty) = (IMAGE_CONFIGS[0], "application/vnd.oci.empty.v1+json");
        let beside = |config: &str, digest: &str, layers: &[&str]| beside(&manifest(config, digest, layers));
        assert_eq!(beside(empty, EMPTY, &[LAYER]), Beside::Speaks);
        assert_eq!(beside(image, other.as_str(), &[LAYER]), Beside::MayRun);
        assert_eq!(beside(image, EMPTY, &[LAYER]), Beside::MayRun);
        assert_eq!(beside(empty, other.as_str(), &[LAYER]), Beside::MayRun, "its config may say anything");
        assert_eq!(beside(image, other.as_str(), &[]), Beside::MayRun);
        assert_eq!(beside(image, other.as_str(), &[SIMPLE; MAX_LAYERS + 1]), Beside::MayRun);
        for kind in [SIMPLE, "application/vnd.dev.sigstore.bundle.v0.3+json", "text/spdx"] {
            assert!(
                matches!(beside(image, other.as_str(), &[kind]), Beside::Unless(layers) if layers.len() == 1)
            );
        }
    }

    #[test]
    fn a_list_that_brings_what_it_lists_may_run() {
        assert_eq!(beside(br#"{"manifests":[{"digest":"x"}]}"#), Beside::Speaks);
        assert_eq!(beside(br#"{"manifests":[{"digest":"x","data":"e30="}]}"#), Beside::MayRun);
        assert_eq!(beside(b"{"), Beside::MayRun);
    }

    #[test]
    fn archives_are_no_text() {
        assert!(is_text("{\"a\":\n\t\"\u{e9}\"}\r\n".as_bytes()));
        for bytes in [&b"\x1f\x8b\x08"[..], b"name\0\0", b"\x28\xb5\x2f\xfd"] {
            assert!(!is_text(bytes));
        }
    }

    #[test]
    fn a_file_is_an_artifact_only_with_a_config_that_says_nothing() {
        let other = Digest::of(Algorithm::Sha256, b"");
        let empty = "application/vnd.oci.empty.v1+json";
        assert!(single_file(&manifest(empty, EMPTY, &[LAYER])).is_some());
        assert!(single_file(&manifest(empty, EMPTY, &[LAYER, LAYER])).is_none());
        assert!(single_file(&manifest(empty, other.as_str(), &[LAYER])).is_none());
        assert!(single_file(&manifest(IMAGE_CONFIGS[0], EMPTY, &[LAYER])).is_none());
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
