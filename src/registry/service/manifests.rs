//! Manifests of a repository, found by a tag or a digest.

use bytes::Bytes;

use super::Registry;
use crate::registry::error::RegistryError;
use crate::registry::model::HeldManifest;
use crate::registry::store;
use crate::types::{Digest, Reference, RepoName};

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
        let (db, repository) = (self.db.read(), self.repository(name).await?);
        let unknown = || RegistryError::UnknownManifest(reference.to_string());
        let (digest, manifest) = match reference {
            Reference::Tag(tag) => {
                let tag = store::tags::find(db, repository.id, tag).await?.ok_or_else(unknown)?;
                (tag.digest, store::manifests::get(db, tag.manifest).await?)
            }
            Reference::Digest(digest) => {
                (digest.clone(), store::manifests::find(db, repository.id, digest).await?)
            }
        };
        Ok(FoundManifest { digest, manifest: manifest.ok_or_else(unknown)? })
    }

    /// Bytes of a manifest that was found.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn manifest_bytes(&self, found: &FoundManifest) -> Result<Bytes, RegistryError> {
        let bytes = store::manifests::bytes(self.db.read(), found.manifest.id).await?;
        bytes.ok_or_else(|| RegistryError::UnknownManifest(found.digest.to_string()))
    }
}
