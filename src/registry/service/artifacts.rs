//! Artifacts as API clients see them: manifests with their tags.

use std::collections::BTreeMap;

use super::Registry;
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::model::Artifact;
use crate::registry::store;
use crate::types::{Digest, RepoName};

impl Registry {
    /// One artifact, by either of its digests, with its annotations.
    ///
    /// # Errors
    /// `UnknownRepository`, `UnknownManifest`.
    pub async fn artifact(
        &self,
        name: &RepoName,
        digest: &Digest,
    ) -> Result<(Artifact, BTreeMap<String, String>), RegistryError> {
        let repository = self.repository(name).await?;
        let found = store::artifacts::find(self.db.read(), repository.id, digest).await?;
        let artifact = found.ok_or_else(|| RegistryError::UnknownManifest(digest.to_string()))?;
        let annotations = store::artifacts::annotations(self.db.read(), artifact.id).await?;
        Ok((artifact, annotations))
    }

    /// The artifacts of a repository, by SHA-256.
    ///
    /// # Errors
    /// `UnknownRepository`.
    pub async fn list_artifacts(
        &self,
        name: &RepoName,
        page: &PageRequest,
    ) -> Result<Page<Artifact>, RegistryError> {
        let repository = self.repository(name).await?;
        let after = page.after.as_deref();
        let rows = store::artifacts::list(self.db.read(), repository.id, after, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |artifact| artifact.sha256.to_string()))
    }
}
