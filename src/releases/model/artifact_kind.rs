//! What kind of thing a manifest is.

use serde::Deserialize;

use super::ArtifactKind;

const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const IMAGE_CONFIGS: [&str; 2] =
    ["application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"];
const IMAGE_LAYERS: [&str; 2] = ["application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs."];

/// What is looked at of a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    artifact_type: Option<String>,
    config: Option<Content>,
    layers: Option<Vec<Content>>,
    manifests: Option<Vec<Content>>,
    subject: Option<Content>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    media_type: String,
}

impl ArtifactKind {
    /// That of a manifest, by its bytes. What could run is an image, whatever it calls itself: whoever pushes would choose the
    /// gates otherwise. What lists others may list images, and what can't be read may be one.
    pub fn of(manifest: &[u8]) -> Self {
        let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else { return Self::Image };
        let config = manifest.config.as_ref().map(|config| config.media_type.as_str());
        let is_layer =
            |content: &Content| IMAGE_LAYERS.iter().any(|kind| content.media_type.starts_with(kind));
        let may_run = manifest.manifests.is_some()
            || config.is_some_and(|config| IMAGE_CONFIGS.contains(&config))
            || manifest.layers.iter().flatten().any(is_layer);
        if may_run {
            Self::Image
        } else if manifest.subject.is_some() {
            Self::Other
        } else if config == Some(CHART_CONFIG) {
            Self::Chart
        } else if manifest.artifact_type.is_some() || config.is_some() {
            Self::File
        } else {
            Self::Other
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kind(manifest: &Value) -> ArtifactKind {
        ArtifactKind::of(manifest.to_string().as_bytes())
    }

    fn of(kind: &str) -> Value {
        json!({ "mediaType": kind, "digest": "sha256:0", "size": 1 })
    }

    #[test]
    fn what_could_run_is_an_image_whatever_it_calls_itself() {
        let (config, layer) = (of(IMAGE_CONFIGS[0]), of("application/vnd.oci.image.layer.v1.tar+gzip"));
        let bytes = of("application/octet-stream");
        for image in [
            json!({ "config": config, "layers": [] }),
            json!({ "config": config, "layers": [bytes], "artifactType": "application/x-thing" }),
            json!({ "config": bytes, "layers": [bytes, layer] }),
            json!({ "config": of(CHART_CONFIG), "layers": [layer] }),
            json!({ "config": config, "layers": [layer], "subject": bytes }),
            json!({ "config": of(IMAGE_CONFIGS[1]), "layers": [of("application/vnd.docker.image.rootfs.diff.tar.gzip")] }),
            json!({ "manifests": [], "artifactType": "application/x-thing" }),
            json!([]),
        ] {
            assert_eq!(kind(&image), ArtifactKind::Image, "{image}");
        }
    }

    #[test]
    fn what_could_not_is_what_it_says() {
        let bytes = of("application/octet-stream");
        let empty = of("application/vnd.oci.empty.v1+json");
        let chart = of("application/vnd.cncf.helm.chart.content.v1.tar+gzip");
        assert_eq!(kind(&json!({ "config": of(CHART_CONFIG), "layers": [chart] })), ArtifactKind::Chart);
        let file = json!({ "config": empty, "layers": [bytes], "artifactType": "application/x-thing" });
        assert_eq!(kind(&file), ArtifactKind::File);
        assert_eq!(kind(&json!({ "layers": [bytes] })), ArtifactKind::Other);
        assert_eq!(
            kind(&json!({ "config": empty, "layers": [bytes], "subject": bytes })),
            ArtifactKind::Other
        );
    }
}
