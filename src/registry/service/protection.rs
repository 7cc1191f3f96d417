//! What an immutable tag stands for, and what vouches for that: it goes only with a project owner.

use std::collections::{HashSet, VecDeque};

use serde::Deserialize;
use serde_json::Value;

use crate::db::{DbError, Tx};
use crate::projects::Settings;
use crate::registry::model::{CurrentTag, HeldManifest, is_immutable};
use crate::registry::store;
use crate::types::{Digest, ManifestId, RepositoryId};

/// Manifests that are looked at to find out whether one is protected; beyond it, it counts as protected.
const MAX_WALK: usize = 64;

/// Whether an immutable tag stands for a manifest: one that points at it, at what it refers to (it may be a signature),
/// or at an index above either.
pub(super) async fn is_protected(
    tx: &Tx,
    repository: RepositoryId,
    settings: &Settings,
    manifest: &HeldManifest,
) -> Result<bool, DbError> {
    let mut seen = HashSet::from([manifest.id]);
    let mut waiting = VecDeque::from([manifest.clone()]);
    while let Some(manifest) = waiting.pop_front() {
        let tags = store::tags::of_manifest(&**tx, manifest.id).await?;
        let speaks_of: Vec<Digest> = tags.iter().filter_map(|tag| tag.name.legacy_subject()).collect();
        if tags.iter().any(|tag| is_immutable(settings, &tag.name)) || seen.len() > MAX_WALK {
            return Ok(true);
        }
        let limit = MAX_WALK as u64 + 1;
        let above = store::links::parents(&**tx, repository, &manifest, limit).await?;
        let mut next: Vec<ManifestId> = above.into_iter().map(|(id, _)| id).collect();
        for subject in manifest.subject.iter().chain(&speaks_of) {
            next.extend(store::manifests::find(&**tx, repository, subject).await?.map(|held| held.id));
        }
        for id in next {
            if seen.insert(id) {
                waiting.extend(store::manifests::get(&**tx, id).await?);
            }
        }
    }
    Ok(false)
}

/// Whether moving a tag lets go of nothing that vouches for what an immutable tag stands for. cosign adds a layer for each
/// signature to what its tag points at, so who only adds keeps all of them.
pub(super) async fn keeps_evidence(
    tx: &Tx,
    repository: RepositoryId,
    settings: &Settings,
    tag: &CurrentTag,
    new: &[u8],
) -> Result<bool, DbError> {
    if tag.name.legacy_subject().is_none() {
        return Ok(true);
    }
    let Some(held) = store::manifests::get(&**tx, tag.manifest).await? else { return Ok(true) };
    if !is_protected(tx, repository, settings, &held).await? {
        return Ok(true);
    }
    let old = store::manifests::bytes(&**tx, held.id).await?.unwrap_or_default();
    let new = layers(new);
    Ok(layers(&old).iter().all(|layer| new.contains(layer)))
}

/// The layers of a manifest that was accepted, with their annotations: cosign keeps the signature in one.
fn layers(manifest: &[u8]) -> Vec<Value> {
    #[derive(Deserialize)]
    struct Manifest {
        #[serde(default)]
        layers: Vec<Value>,
    }
    serde_json::from_slice(manifest).map(|manifest: Manifest| manifest.layers).unwrap_or_default()
}
