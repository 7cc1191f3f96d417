//! What an immutable tag stands for, and what vouches for that: it goes only with a project owner.

use std::collections::{HashSet, VecDeque};

use serde::Deserialize;
use serde_json::Value;

use crate::db::{DbError, Tx};
use crate::projects::Settings;
use crate::registry::model::{CurrentTag, HeldManifest, is_immutable};
use crate::registry::store;
use crate::types::{Digest, ManifestId, RepositoryId, Tag};

/// Manifests that are looked at to find out whether one is protected; beyond it, it counts as protected.
const MAX_WALK: usize = 64;

/// What stands and falls with a manifest: itself, what it refers to (it may be a signature), and the indexes above either,
/// nearest first.
pub(super) struct Above {
    /// Their SHA-256, the manifest's own first.
    digests: Vec<Digest>,
    tags: Vec<Tag>,
    /// Whether that is all of it.
    is_whole: bool,
}

impl Above {
    /// Looks for it, as a change sees it.
    pub(super) async fn of(
        tx: &Tx,
        repository: RepositoryId,
        manifest: &HeldManifest,
    ) -> Result<Self, DbError> {
        let mut above = Self { digests: Vec::new(), tags: Vec::new(), is_whole: true };
        let mut seen = HashSet::from([manifest.id]);
        let mut waiting = VecDeque::from([manifest.clone()]);
        while let Some(manifest) = waiting.pop_front() {
            if above.digests.len() >= MAX_WALK {
                above.is_whole = false;
                break;
            }
            let tags = store::tags::of_manifest(&**tx, manifest.id).await?;
            let tags: Vec<Tag> = tags.into_iter().map(|tag| tag.name).collect();
            let speaks_of: Vec<Digest> = tags.iter().filter_map(Tag::legacy_subject).collect();
            let limit = MAX_WALK as u64 + 1;
            let parents = store::links::parents(&**tx, repository, &manifest, limit).await?;
            let mut next: Vec<ManifestId> = parents.into_iter().map(|(id, _)| id).collect();
            for subject in manifest.subject.iter().chain(&speaks_of) {
                next.extend(store::manifests::find(&**tx, repository, subject).await?.map(|held| held.id));
            }
            for id in next {
                if seen.insert(id) {
                    waiting.extend(store::manifests::get(&**tx, id).await?);
                }
            }
            above.digests.push(manifest.sha256);
            above.tags.extend(tags);
        }
        Ok(above)
    }

    /// Whether an immutable tag points at any of it.
    pub(super) fn is_immutable(&self, settings: &Settings) -> bool {
        !self.is_whole || self.tags.iter().any(|tag| is_immutable(settings, tag))
    }

    /// All of it but the manifest itself.
    pub(super) fn speaks_of(&self) -> &[Digest] {
        self.digests.get(1..).unwrap_or_default()
    }
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
    if !Above::of(tx, repository, &held).await?.is_immutable(settings) {
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
