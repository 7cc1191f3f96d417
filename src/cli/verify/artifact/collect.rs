//! What a registry holds about an artifact: manifests that refer to it, and cosign's legacy tags.

use serde::Deserialize;

use crate::cli::failure::Failure;
use crate::cli::registry::{Held, Registry, RegistryError};
use crate::trust::{Evidence, Layer, MAX_CONTENT, MAX_LAYERS, Reason, read_json, recognise};
use crate::types::{Digest, Reference, Tag};

/// Something that may vouch for the artifact.
pub struct Found {
    /// The manifest that carries it.
    pub carrier: Digest,
    /// Its tag, where that says what it is about.
    pub tag: Option<Tag>,
    /// What it is, or why it can't be read.
    pub evidence: Result<Evidence, Reason>,
}

#[derive(Deserialize)]
struct Carrier {
    #[serde(default)]
    layers: Vec<Layer>,
    subject: Option<Subject>,
}

#[derive(Deserialize)]
struct Subject {
    digest: Digest,
}

/// All of it. `names` are the artifact's digests, SHA-256 first.
pub async fn collect(registry: &Registry, names: &[Digest]) -> Result<Vec<Found>, Failure> {
    let mut all = Vec::new();
    let Some(artifact) = names.first() else { return Ok(all) };
    for carrier in registry.referrers(artifact).await? {
        match registry.manifest(&Reference::Digest(carrier.clone())).await {
            Ok(held) => all.extend(read(registry, held, None, names).await?),
            Err(error) => all.push(Found { carrier, tag: None, evidence: Err(unread(error)?) }),
        }
    }
    for tag in Tag::legacy_of(artifact) {
        match registry.manifest(&Reference::Tag(tag.clone())).await {
            Ok(held) => all.extend(read(registry, held, Some(tag), names).await?),
            Err(RegistryError::Missing(_) | RegistryError::Denied { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(all)
}

/// What one manifest carries.
async fn read(
    registry: &Registry,
    held: Held,
    tag: Option<Tag>,
    names: &[Digest],
) -> Result<Vec<Found>, Failure> {
    let found = |evidence| Found { carrier: held.descriptor.digest.clone(), tag: tag.clone(), evidence };
    let carrier: Carrier = match read_json(&held.bytes) {
        Ok(carrier) => carrier,
        Err(error) => return Ok(vec![found(Err(error.into()))]),
    };
    // Whoever lists it as a referrer says what it is about; it must say so itself.
    let is_about = |subject: &Subject| names.contains(&subject.digest);
    if tag.is_none() && !carrier.subject.as_ref().is_some_and(is_about) {
        return Ok(vec![found(Err(Reason::OtherSubject))]);
    }
    let (mut all, limit) = (Vec::new(), usize::try_from(MAX_CONTENT).unwrap_or(usize::MAX));
    for layer in carrier.layers.iter().take(MAX_LAYERS) {
        if layer.size > MAX_CONTENT {
            let reason = Reason::TooLarge { size: layer.size, limit: MAX_CONTENT };
            all.push(found(Err(reason)));
            continue;
        }
        match registry.blob(&layer.digest, limit).await {
            Ok(bytes) => {
                let evidence = recognise(&layer.media_type, &layer.annotations, &bytes);
                all.extend(evidence.map(|evidence| found(Ok(evidence))));
            }
            Err(error) => all.push(found(Err(unread(error)?))),
        }
    }
    Ok(all)
}

/// Why something that is there can't be read; or that nothing can be told, since the registry does not answer. What is denied
/// is none of what would count: it may be an image that says it refers to this one.
fn unread(error: RegistryError) -> Result<Reason, Failure> {
    match error {
        RegistryError::Denied { .. } => Ok(Reason::ContentDenied(error.to_string())),
        RegistryError::Missing(_) | RegistryError::OtherBytes { .. } | RegistryError::TooLarge { .. } => {
            Ok(Reason::ContentMissing(error.to_string()))
        }
        error => Err(error.into()),
    }
}
