//! Manifests of a repository, found by a tag or a digest.

use bytes::Bytes;

use super::Registry;
use super::memory::LARGEST_MANIFEST;
use crate::access::{Caller, Permission};
use crate::db::{DbError, Topic};
use crate::registry::error::RegistryError;
use crate::registry::model::{HeldManifest, Repository, is_immutable};
use crate::registry::read_gate::{Read, Reading};
use crate::registry::store;
use crate::types::{Digest, Reference, RepoName, Tag};

/// A manifest that was found by a tag or a digest.
#[derive(Debug, Clone)]
pub struct FoundManifest {
    /// The digest to name it by: as it was asked for, or as the tag was pushed.
    pub digest: Digest,
    /// The manifest.
    pub manifest: HeldManifest,
}

impl Registry {
    /// A manifest that the repository holds.
    ///
    /// # Errors
    /// `UnknownRepository`, `UnknownManifest`.
    pub async fn find_manifest(
        &self,
        name: &RepoName,
        reference: &Reference,
    ) -> Result<FoundManifest, RegistryError> {
        let repository = self.repository(name).await?;
        let unknown = || RegistryError::UnknownManifest(reference.to_string());
        let digest = match reference {
            Reference::Tag(tag) => self.resolve_tag(&repository, tag).await?.ok_or_else(unknown)?,
            Reference::Digest(digest) => digest.clone(),
        };
        let key = (name.clone(), digest.clone());
        let read = async || store::manifests::find(self.db.read(), repository.id, &digest).await;
        let manifest = self.memory.manifests.find(Topic::Content(name), key, read).await?;
        Ok(FoundManifest { digest, manifest: manifest.ok_or_else(unknown)? })
    }

    /// Asks whether a manifest that was found may be read, by who may read there. Who may push there always may. Returns what
    /// they should know.
    ///
    /// # Errors
    /// `ReadDenied` and `ReadUnknown` with the reason.
    pub async fn may_read(
        &self,
        caller: &Caller,
        name: &RepoName,
        reference: &Reference,
        found: &FoundManifest,
    ) -> Result<Option<String>, RegistryError> {
        let read = Read { repository: name, reference, manifest: &found.manifest };
        let refused = match self.asked.gate.ask(read).await? {
            Reading::Open => return Ok(None),
            Reading::Warned(why) => return Ok(Some(why)),
            Reading::Denied(why) => RegistryError::ReadDenied(why),
            Reading::Unknown(why) => RegistryError::ReadUnknown(why),
        };
        if self.may_beyond_what_was_asked(caller, Permission::RepositoryPush, name).await? {
            Ok(Some(refused.to_string()))
        } else {
            Err(refused)
        }
    }

    /// Where a tag points.
    async fn resolve_tag(&self, repository: &Repository, tag: &Tag) -> Result<Option<Digest>, RegistryError> {
        let read = async || store::tags::find(self.db.read(), repository.id, tag).await;
        let project = self.projects.recall(&repository.name.project()).await?;
        if !project.is_some_and(|project| is_immutable(&project.settings, tag)) {
            return Ok(read().await?.map(|current| current.digest));
        }
        let (name, key) = (&repository.name, (repository.name.clone(), tag.clone()));
        let digest = async || Ok::<_, DbError>(read().await?.map(|current| current.digest));
        Ok(self.memory.tags.find(Topic::Tags(name), key, digest).await?)
    }

    /// Bytes of a manifest that was found.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn manifest_bytes(&self, found: &FoundManifest) -> Result<Bytes, RegistryError> {
        let id = found.manifest.id;
        if let Some(bytes) = self.memory.bytes.get(&id) {
            return Ok(bytes);
        }
        let bytes = store::manifests::bytes(self.db.read(), id).await?;
        let bytes = bytes.ok_or_else(|| RegistryError::UnknownManifest(found.digest.to_string()))?;
        if bytes.len() <= LARGEST_MANIFEST {
            self.memory.bytes.insert(id, bytes.clone());
        }
        Ok(bytes)
    }
}
