//! What releases ask of manifests: whether they are there, and under what names and in which indexes.

use std::collections::HashSet;

use super::Registry;
use crate::db::{Db, DbError, Tx};
use crate::registry::error::RegistryError;
use crate::registry::model::HeldManifest;
use crate::registry::store;
use crate::types::{AccountId, Digest, ProjectId, RepoName, RepositoryId};

/// Manifests and indexes above them that are looked at; beyond it, nothing more is found.
const MAX_WALK: usize = 64;

impl Registry {
    /// The id of a repository.
    ///
    /// # Errors
    /// `UnknownRepository`.
    pub async fn repository_id(&self, name: &RepoName) -> Result<RepositoryId, RegistryError> {
        Ok(self.repository(name).await?.id)
    }

    /// The id of a repository as a change sees it, if there is one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn repository_in(tx: &Tx, name: &RepoName) -> Result<Option<RepositoryId>, DbError> {
        Ok(store::repositories::find(&**tx, name).await?.map(|repository| repository.id))
    }

    /// Refuses unless a repository holds a manifest, as a change sees it.
    ///
    /// # Errors
    /// `UnknownManifest`.
    pub async fn demand_in(tx: &Tx, repository: RepositoryId, digest: &Digest) -> Result<(), RegistryError> {
        let held = store::manifests::find(&**tx, repository, digest).await?;
        held.map(drop).ok_or_else(|| RegistryError::UnknownManifest(digest.to_string()))
    }

    /// Which of some digests a manifest of a repository is or consists of, at any depth: what it lists runs where it runs.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn found_in(
        db: &Db,
        repository: RepositoryId,
        digest: &Digest,
        wanted: &[Digest],
    ) -> Result<Vec<Digest>, DbError> {
        let held = store::manifests::find(db.read(), repository, digest).await?;
        let Some(HeldManifest { id, sha256, sha512, .. }) = held else {
            return Ok(wanted.iter().filter(|wanted| *wanted == digest).cloned().collect());
        };
        let (parts, _) = Self::read_parts(db, repository, id, [sha256, sha512]).await?;
        Ok(wanted.iter().filter(|wanted| parts.has(wanted)).cloned().collect())
    }

    /// All names of the manifests that one of a repository consists of, itself among them; of one that is not there, its digest.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names_below(&self, name: &RepoName, digest: &Digest) -> Result<Vec<Digest>, RegistryError> {
        let parts = self.parts(name, digest).await?;
        Ok(parts.map_or_else(|| vec![digest.clone()], |parts| parts.manifest_names().cloned().collect()))
    }

    /// The accounts that pushed any of the manifests that one of a repository consists of, itself among them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn pushers(&self, name: &RepoName, digest: &Digest) -> Result<Vec<AccountId>, RegistryError> {
        let Some(repository) = self.find_repository(name).await? else { return Ok(Vec::new()) };
        let names = self.names_below(name, digest).await?;
        Ok(store::manifests::pushers(self.db.read(), repository.id, &names).await?)
    }

    /// The SHA-256 names of a manifest in a project, by whichever digest it is asked for, and of the indexes that list it: who
    /// runs one of an index's manifests runs the index.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names_above(&self, project: ProjectId, digest: &Digest) -> Result<Vec<Digest>, DbError> {
        let db = self.db.read();
        let mut waiting = store::manifests::in_project(db, project, digest).await?;
        let mut seen: HashSet<_> = waiting.iter().map(|(_, held)| held.id).collect();
        let mut names = Vec::new();
        while let Some((repository, held)) = waiting.pop() {
            for (id, _) in store::links::parents(db, repository, &held, MAX_WALK as u64).await? {
                if seen.len() < MAX_WALK && seen.insert(id) {
                    waiting.extend(store::manifests::get(db, id).await?.map(|held| (repository, held)));
                }
            }
            names.push(held.sha256);
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}
