//! Whether something belongs to what an environment shows: as a part of a release, or as a word about one.

use std::collections::HashSet;
use std::sync::Arc;

use super::View;
use crate::db::chunks;
use crate::registry::error::RegistryError;
use crate::registry::model::{HeldManifest, Parts};
use crate::registry::read_gate::Read;
use crate::registry::service::Registry;
use crate::registry::store;
use crate::types::{Digest, ManifestId, Reference, RepoName};

/// Manifests that are looked at to find out what one refers to; beyond it, it refers to nothing that is shown.
const MAX_WALK: usize = 64;
/// Manifests that are looked at which name a blob beside the releases.
const MAX_USERS: u64 = 16;

/// How a manifest belongs to what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Belongs {
    /// It is part of a release.
    Part,
    /// It refers to a part, or is listed by an index that does, in however many steps.
    Beside,
}

impl Registry {
    /// What is shown, each with all that is below it.
    pub(super) async fn shown_parts(&self, view: &View<'_>) -> Result<Vec<Arc<Parts>>, RegistryError> {
        let roots: HashSet<&Digest> = view.shown.live().map(|root| &root.digest).collect();
        let mut all = Vec::with_capacity(roots.len());
        for root in roots {
            all.extend(self.parts(&view.at.repository, root).await?);
        }
        Ok(all)
    }

    /// How a manifest belongs to what is shown, if it does. Nothing is reached through what must not be read.
    pub(super) async fn belongs(
        &self,
        view: &View<'_>,
        manifest: &HeldManifest,
    ) -> Result<Option<Belongs>, RegistryError> {
        if view.shown.stop(&manifest.sha256).is_some() {
            return Ok(None);
        }
        if view.shown.live().any(|root| root.digest == manifest.sha256) {
            return Ok(Some(Belongs::Part));
        }
        let parts = self.shown_parts(view).await?;
        let is_part = |manifest: &HeldManifest| {
            parts.iter().any(|parts| parts.has_manifest(&manifest.sha256, &view.shown.stopped))
        };
        if is_part(manifest) {
            return Ok(Some(Belongs::Part));
        }
        let repository = self.repository(&view.at.repository).await?;
        let mut seen: HashSet<ManifestId> = HashSet::from([manifest.id]);
        let mut waiting = vec![manifest.clone()];
        while let Some(next) = waiting.pop() {
            let mut above = Vec::new();
            if let Some(subject) = &next.subject {
                above.extend(self.held(&view.at.repository, subject).await?);
            }
            // Before any more is asked for: most refer to a part.
            if above.iter().any(is_part) {
                return Ok(Some(Belongs::Beside));
            }
            above.retain(|subject| seen.len() < MAX_WALK && seen.insert(subject.id));
            let parents =
                store::links::parents(self.db.read(), repository.id, &next, MAX_WALK as u64).await?;
            for (id, parent) in parents {
                if seen.len() < MAX_WALK && seen.insert(id) {
                    above.extend(self.held(&view.at.repository, &parent).await?);
                }
            }
            waiting.extend(above.into_iter().filter(|held| view.shown.stop(&held.sha256).is_none()));
        }
        Ok(None)
    }

    /// A manifest of the repository, if it is there.
    async fn held(&self, name: &RepoName, digest: &Digest) -> Result<Option<HeldManifest>, RegistryError> {
        match self.find_manifest(name, &Reference::Digest(digest.clone())).await {
            Ok(found) => Ok(Some(found.manifest)),
            Err(RegistryError::UnknownManifest(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a manifest that refers to what is shown is a mere word about it. Whoever may push could have anything read
    /// otherwise that refers to a release.
    pub(super) async fn only_speaks(
        &self,
        view: &View<'_>,
        manifest: &HeldManifest,
    ) -> Result<bool, RegistryError> {
        let reference = Reference::Digest(manifest.sha256.clone());
        let read = Read { repository: &view.at.repository, reference: &reference, manifest };
        self.asked.gate.speaks_of_others(read).await
    }

    /// Whether a manifest that speaks of what is shown names a blob. What refers to a part is looked for first: all that
    /// speak of something may have a config in common.
    pub(super) async fn is_beside(
        &self,
        view: &View<'_>,
        parts: &[Arc<Parts>],
        digest: &Digest,
    ) -> Result<bool, RegistryError> {
        let repository = self.repository(&view.at.repository).await?.id;
        let subjects: Vec<&Digest> = parts.iter().flat_map(|parts| parts.manifest_names()).collect();
        let db = self.db.read();
        let mut users = Vec::new();
        for some in chunks(&subjects) {
            users.extend(store::manifests::users(db, repository, digest, Some(some), MAX_USERS).await?);
        }
        users.extend(store::manifests::users(db, repository, digest, None, MAX_USERS).await?);
        let mut seen = HashSet::new();
        users.retain(|user| seen.insert(user.id));
        for user in users {
            if self.belongs(view, &user).await?.is_some() && self.only_speaks(view, &user).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
