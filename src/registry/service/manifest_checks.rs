//! What a manifest is checked against before a repository holds it: the project's rules for tags, and what the repository
//! holds already.

use std::collections::HashSet;

use crate::db::Tx;
use crate::projects::{Settings, Sparse};
use crate::registry::error::RegistryError;
use crate::registry::model::{
    CurrentTag, Descriptor, LinkKind, ManifestError, ManifestKind, ManifestNames, ParsedManifest, TagChange,
    TagHolder, TagRefusal, decide, is_immutable,
};
use crate::registry::store;
use crate::types::{Digest, RepositoryId, Tag};

/// Indexes within indexes: deeper than any build tool goes, shallow enough to walk.
const MAX_DEPTH: i32 = 8;

/// What pointing a tag at a manifest comes to, with what the tag points at now.
pub(super) async fn decide_tag(
    tx: &Tx,
    repository: RepositoryId,
    settings: &Settings,
    tag: &Tag,
    names: &ManifestNames,
) -> Result<(Option<CurrentTag>, TagChange), RegistryError> {
    let (current, deleted) = store::tags::find_with_bound(&**tx, repository, tag).await?;
    let (mut holder, mut bound) = (None, None);
    if let Some(current) = &current {
        holder = Some(store::tags::holder(&**tx, current).await?);
    } else if let Some(deleted) = deleted.filter(|_| is_immutable(settings, tag)) {
        bound = Some(store::tags::holder(&**tx, &deleted).await?);
    }
    let new = TagHolder { digest: names.named.clone(), sha256: names.sha256.clone() };
    let change = decide(settings, tag, holder.as_ref(), bound.as_ref(), &new);
    change.map(|change| (current, change)).map_err(|why| match why {
        TagRefusal::Immutable { holds } => RegistryError::ImmutableTag { tag: tag.clone(), holds },
        TagRefusal::Shape => RegistryError::TagShape {
            tag: tag.clone(),
            patterns: settings.required_patterns.iter().map(|p| p.as_str().to_owned()).collect(),
        },
    })
}

/// Checks that what the manifest names is there, unless the project takes sparse manifests. Returns how deep it is.
pub(super) async fn check_content(
    tx: &Tx,
    repository: RepositoryId,
    settings: &Settings,
    parsed: &ParsedManifest,
) -> Result<i32, RegistryError> {
    let of = |kinds: &[LinkKind]| -> HashSet<&Digest> {
        parsed.links.iter().filter(|link| kinds.contains(&link.kind)).map(|link| &link.digest).collect()
    };
    let needed = of(&[LinkKind::Config, LinkKind::Layer, LinkKind::Child]);
    let blobs = store::blobs::linked_sizes(&**tx, repository, &needed).await?;
    let children = store::links::held_depths(&**tx, repository, &of(&[LinkKind::Child])).await?;
    let is_missing = |link: &&Descriptor| {
        let needed = !matches!(link.kind, LinkKind::Foreign | LinkKind::Subject);
        let digest = link.digest.as_str();
        needed && !blobs.contains_key(digest) && !children.contains_key(digest)
    };
    let missing: Vec<Digest> =
        parsed.links.iter().filter(is_missing).map(|link| link.digest.clone()).collect();
    if !missing.is_empty() && settings.sparse == Sparse::Deny {
        return Err(RegistryError::MissingContent(missing));
    }
    for link in parsed.links.iter().filter(|link| matches!(link.kind, LinkKind::Config | LinkKind::Layer)) {
        let actual = blobs.get(link.digest.as_str()).and_then(|size| u64::try_from(*size).ok());
        if let Some(actual) = actual.filter(|actual| *actual != link.size) {
            let (digest, announced) = (link.digest.clone(), link.size);
            return Err(ManifestError::BlobSize { digest, announced, actual }.into());
        }
    }
    let deepest = children.values().max().copied();
    let depth = match parsed.kind {
        ManifestKind::Image => 0,
        ManifestKind::Index => deepest.unwrap_or(0) + 1,
    };
    if depth > MAX_DEPTH { Err(ManifestError::TooDeep(MAX_DEPTH).into()) } else { Ok(depth) }
}
