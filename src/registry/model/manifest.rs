//! Reading a manifest: just what the registry must know of it. The bytes stay as they came.

use std::collections::BTreeMap;

use oci_spec::image::MediaType as Known;
use serde::Deserialize;
use thiserror::Error;

use super::known_keys::{self, OtherKeys};
use crate::types::{Digest, MediaType};

/// Most descriptors in one manifest. A 4 MiB manifest could hold ten times as many, each of them a row.
const MAX_DESCRIPTORS: usize = 4096;
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Layers that registries are not given: Docker's name for them; OCI's three share a prefix.
const DOCKER_FOREIGN_LAYER: &str = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
const OCI_FOREIGN_LAYER: &str = "application/vnd.oci.image.layer.nondistributable.";

/// Why a manifest can't be accepted. The messages go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ManifestError {
    /// Not JSON of the right shape.
    #[error("the manifest can't be read: {0}")]
    Malformed(String),
    /// A media type that is no manifest's.
    #[error(
        "'{0}' is no media type of a manifest: use an OCI image manifest or index, or Docker's schema 2 or list"
    )]
    MediaType(String),
    /// An artifactType, or the config's mediaType that stands in for it, that is no media type.
    #[error("artifactType, or else the config's mediaType, must have the form type/subtype (RFC 6838)")]
    ArtifactType,
    /// Content-Type and body disagree.
    #[error("the Content-Type is {header}, but the manifest's mediaType is {body}")]
    MediaTypeMismatch {
        /// In the header.
        header: String,
        /// In the body.
        body: String,
    },
    /// Both an image and an index, so that two clients could see two things in it.
    #[error("a manifest has either layers or manifests, not both")]
    Ambiguous,
    /// Too many descriptors.
    #[error("a manifest has at most {MAX_DESCRIPTORS} descriptors")]
    TooManyDescriptors,
    /// Indexes within indexes, too deep.
    #[error("indexes may be nested at most {0} levels deep")]
    TooDeep(i32),
    /// A blob is there, but not as long as its descriptor says.
    #[error("the descriptor of {digest} says {announced} bytes, but the blob has {actual}")]
    BlobSize {
        /// The blob.
        digest: Digest,
        /// In the descriptor.
        announced: u64,
        /// As stored.
        actual: u64,
    },
}

/// Which of the two shapes a manifest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ManifestKind {
    /// A config and layers.
    Image,
    /// Other manifests.
    Index,
}

/// What a descriptor is to its manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// The config blob.
    Config,
    /// A layer's blob.
    Layer,
    /// A layer that clients fetch elsewhere, so it need not be here.
    Foreign,
    /// A manifest in an index; BuildKit's caches list blobs here too.
    Child,
    /// What this manifest refers to; it need not be here yet.
    Subject,
}

impl LinkKind {
    /// As the database keeps it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Layer => "layer",
            Self::Foreign => "foreign",
            Self::Child => "child",
            Self::Subject => "subject",
        }
    }
}

/// A content that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descriptor {
    /// What it is to the manifest.
    pub kind: LinkKind,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes, as announced.
    pub size: u64,
}

/// What the registry knows of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedManifest {
    /// Its shape.
    pub kind: ManifestKind,
    /// What it is served as.
    pub media_type: MediaType,
    /// By the rules for referrers: its own artifactType, else its config's media type.
    pub artifact_type: Option<MediaType>,
    /// What it refers to.
    pub subject: Option<Digest>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// All that it names, in order.
    pub links: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    schema_version: u32,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<RawDescriptor>,
    layers: Option<Vec<RawDescriptor>>,
    manifests: Option<Vec<RawDescriptor>>,
    subject: Option<RawDescriptor>,
    #[serde(default, deserialize_with = "known_keys::annotations")]
    annotations: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    _others: OtherKeys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    media_type: String,
    digest: Digest,
    size: u64,
    #[serde(flatten)]
    _others: OtherKeys,
}

impl ParsedManifest {
    /// Reads a manifest that was sent as `content_type`.
    ///
    /// # Errors
    /// A [`ManifestError`] that says what is wrong with it.
    pub fn parse(bytes: &[u8], content_type: Option<&MediaType>) -> Result<Self, ManifestError> {
        let raw: Raw = serde_json::from_slice(bytes).map_err(|e| ManifestError::Malformed(e.to_string()))?;
        if raw.schema_version != 2 {
            return Err(ManifestError::Malformed("schemaVersion must be 2".to_owned()));
        }
        let media_type = agreed_media_type(&raw, content_type)?;
        let kind = kind_of(&media_type)?;
        match (kind, &raw.layers, &raw.manifests, &raw.config) {
            (_, Some(_), Some(_), _) | (ManifestKind::Index, _, _, Some(_)) => Err(ManifestError::Ambiguous),
            (ManifestKind::Image, None, ..) => Err(ManifestError::Malformed("layers are missing".to_owned())),
            (ManifestKind::Image, _, _, None) => {
                Err(ManifestError::Malformed("config is missing".to_owned()))
            }
            (ManifestKind::Index, _, None, _) => {
                Err(ManifestError::Malformed("manifests are missing".to_owned()))
            }
            _ => Ok(()),
        }?;
        let named = raw.artifact_type.as_ref().filter(|kind| !kind.is_empty());
        let artifact_type = named
            .or_else(|| raw.config.as_ref().map(|config| &config.media_type))
            .map(|kind| kind.parse().map_err(|_| ManifestError::ArtifactType))
            .transpose()?;
        let subject = raw.subject.as_ref().map(|subject| subject.digest.clone());
        let annotations = raw.annotations.clone().unwrap_or_default();
        Ok(Self { kind, media_type, artifact_type, subject, annotations, links: links(raw)? })
    }
}

/// Content-Type and mediaType must agree where both are given: a manifest that is one thing to this registry and
/// another to a client is an attack (GHSA-qq97-vm5h-rrhg).
fn agreed_media_type(raw: &Raw, content_type: Option<&MediaType>) -> Result<MediaType, ManifestError> {
    let generic = |header: &&MediaType| {
        !matches!(header.as_str(), "application/json" | "application/octet-stream" | "text/plain")
    };
    let header = content_type.filter(generic);
    match (&raw.media_type, header) {
        (Some(body), Some(header)) if body != header.as_str() => {
            Err(ManifestError::MediaTypeMismatch { header: header.to_string(), body: body.clone() })
        }
        (Some(body), _) => body.parse().map_err(|_| ManifestError::MediaType(body.clone())),
        (None, Some(header)) => Ok(header.clone()),
        (None, None) => Err(ManifestError::MediaType("none".to_owned())),
    }
}

fn kind_of(media_type: &MediaType) -> Result<ManifestKind, ManifestError> {
    match Known::from(media_type.as_str()) {
        Known::ImageManifest => Ok(ManifestKind::Image),
        Known::ImageIndex => Ok(ManifestKind::Index),
        _ if media_type.as_str() == DOCKER_MANIFEST => Ok(ManifestKind::Image),
        _ if media_type.as_str() == DOCKER_LIST => Ok(ManifestKind::Index),
        _ => Err(ManifestError::MediaType(media_type.to_string())),
    }
}

fn links(raw: Raw) -> Result<Vec<Descriptor>, ManifestError> {
    let one = |kind: LinkKind, raw: Option<RawDescriptor>| raw.into_iter().map(move |raw| (kind, raw));
    let many = |kind: LinkKind, raw: Option<Vec<RawDescriptor>>| {
        raw.unwrap_or_default().into_iter().map(move |raw| (kind, raw))
    };
    let links: Vec<Descriptor> = one(LinkKind::Config, raw.config)
        .chain(many(LinkKind::Layer, raw.layers))
        .chain(many(LinkKind::Child, raw.manifests))
        .chain(one(LinkKind::Subject, raw.subject))
        .map(|(kind, raw)| {
            let foreign = kind == LinkKind::Layer && is_foreign(&raw);
            let kind = if foreign { LinkKind::Foreign } else { kind };
            Descriptor { kind, digest: raw.digest, size: raw.size }
        })
        .collect();
    if links.len() > MAX_DESCRIPTORS { Err(ManifestError::TooManyDescriptors) } else { Ok(links) }
}

fn is_foreign(layer: &RawDescriptor) -> bool {
    layer.media_type == DOCKER_FOREIGN_LAYER || layer.media_type.starts_with(OCI_FOREIGN_LAYER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
    const INDEX: &str = "application/vnd.oci.image.index.v1+json";

    fn parse(manifest: &Value, content_type: &str) -> Result<ParsedManifest, ManifestError> {
        ParsedManifest::parse(manifest.to_string().as_bytes(), Some(&content_type.parse().unwrap()))
    }

    fn descriptor(media_type: &str) -> Value {
        json!({ "mediaType": media_type, "digest": format!("sha256:{}", "a".repeat(64)), "size": 3 })
    }

    fn image() -> Value {
        json!({ "schemaVersion": 2, "mediaType": IMAGE, "config": descriptor("c/c"), "layers": [descriptor("l/l")] })
    }

    #[test]
    fn reads_an_image_with_subject() {
        let mut manifest = image();
        manifest["subject"] = descriptor(IMAGE);
        manifest["annotations"] = json!({ "k": "v" });
        let parsed = parse(&manifest, IMAGE).unwrap();
        assert_eq!(parsed.kind, ManifestKind::Image);
        assert_eq!(parsed.artifact_type, Some("c/c".parse().unwrap()));
        assert_eq!(parsed.subject, Some(parsed.links[0].digest.clone()));
        assert_eq!(
            parsed.links.iter().map(|link| link.kind).collect::<Vec<_>>(),
            [LinkKind::Config, LinkKind::Layer, LinkKind::Subject]
        );
    }

    #[test]
    fn foreign_layers_need_not_be_here() {
        for layer in [descriptor(DOCKER_FOREIGN_LAYER), descriptor(&format!("{OCI_FOREIGN_LAYER}v1.tar"))] {
            let mut manifest = image();
            manifest["layers"] = json!([layer]);
            assert_eq!(parse(&manifest, IMAGE).unwrap().links[1].kind, LinkKind::Foreign);
        }
        let mut manifest = image();
        manifest["layers"][0]["urls"] = json!(["elsewhere"]);
        assert_eq!(parse(&manifest, IMAGE).unwrap().links[1].kind, LinkKind::Layer);
    }

    #[test]
    fn refuses_what_could_be_read_in_two_ways() {
        let mut both = image();
        both["manifests"] = json!([]);
        assert_eq!(parse(&both, IMAGE), Err(ManifestError::Ambiguous));
        assert!(matches!(parse(&image(), INDEX), Err(ManifestError::MediaTypeMismatch { .. })));
        let twice = image().to_string().replacen('{', "{\"schemaVersion\":2,", 1);
        assert!(matches!(ParsedManifest::parse(twice.as_bytes(), None), Err(ManifestError::Malformed(_))));
    }

    #[test]
    fn refuses_keys_that_another_decoder_would_read() {
        for (at, key) in [
            ("", "Layers"),
            ("", "MANIFESTS"),
            ("", "ſubject"),
            ("/config", "Digest"),
            ("/layers/0", "\u{212a}x"),
        ] {
            let mut manifest = image();
            manifest.pointer_mut(at).unwrap()[key] = json!([]);
            assert_eq!(parse(&manifest, IMAGE).is_err(), key != "\u{212a}x", "{manifest}");
        }
        let twice = r#""annotations":{"a":"1","a":"2"},"schemaVersion""#;
        let manifest = image().to_string().replacen("\"schemaVersion\"", twice, 1);
        assert!(ParsedManifest::parse(manifest.as_bytes(), None).is_err());
        let mut custom = image();
        custom["custom"] = json!({ "anything": [1] });
        custom["annotations"] = Value::Null;
        assert!(parse(&custom, IMAGE).is_ok());
    }

    #[test]
    fn an_artifact_type_is_a_media_type() {
        for kind in ["not a media type\n".to_owned(), format!("a/{}", "b".repeat(40_000))] {
            let mut manifest = image();
            manifest["artifactType"] = json!(kind);
            assert_eq!(parse(&manifest, IMAGE), Err(ManifestError::ArtifactType));
            let mut manifest = image();
            manifest["config"]["mediaType"] = json!(kind);
            assert_eq!(parse(&manifest, IMAGE), Err(ManifestError::ArtifactType));
        }
    }

    #[test]
    fn refuses_nonsense() {
        for manifest in [
            json!({}),
            json!([]),
            json!({ "schemaVersion": 1, "mediaType": IMAGE }),
            json!({ "schemaVersion": 2, "mediaType": IMAGE }),
            json!({ "schemaVersion": 2, "mediaType": IMAGE, "layers": [] }),
            json!({ "schemaVersion": 2, "mediaType": "text/html", "layers": [], "config": descriptor("c/c") }),
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [{ "mediaType": IMAGE, "digest": "md5:00", "size": 1 }] }),
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [{ "mediaType": IMAGE, "digest": format!("sha256:{}", "a".repeat(64)), "size": -1 }] }),
        ] {
            assert!(ParsedManifest::parse(manifest.to_string().as_bytes(), None).is_err(), "{manifest}");
        }
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(ParsedManifest::parse(deep.as_bytes(), None).is_err());
    }

    #[test]
    fn refuses_huge_indexes() {
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": vec![descriptor(IMAGE); 4097] });
        assert_eq!(parse(&manifest, INDEX), Err(ManifestError::TooManyDescriptors));
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = ParsedManifest::parse(&bytes, None);
        }

        #[test]
        fn keeps_every_layer(count in 0usize..50) {
            let mut manifest = image();
            manifest["layers"] = json!(vec![descriptor("l/l"); count]);
            prop_assert_eq!(parse(&manifest, IMAGE).unwrap().links.len(), count + 1);
        }
    }
}
