//! Artifacts as API clients see them: manifests with their tags.

use std::collections::BTreeMap;

use super::Registry;
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::store::{self, manifests::Summary};
use crate::types::{AccountId, Digest, ManifestId, RepoName, RepositoryId, Tag, Timestamp};

/// A manifest in a repository.
#[derive(Debug, Clone)]
pub struct Artifact {
    /// By SHA-256.
    pub sha256: Digest,
    /// By SHA-512.
    pub sha512: Digest,
    /// What it is served as.
    pub media_type: String,
    /// What kind of artifact it is.
    pub artifact_type: Option<String>,
    /// What it refers to.
    pub subject: Option<Digest>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Bytes of the manifest.
    pub size: i64,
    /// Who pushed it.
    pub pushed_by: Option<AccountId>,
    /// When.
    pub pushed_at: Timestamp,
    /// The tags that point at it.
    pub tags: Vec<Tag>,
}

impl Registry {
    /// One artifact, by either of its digests.
    ///
    /// # Errors
    /// `UnknownRepository`, `UnknownManifest`.
    pub async fn artifact(&self, name: &RepoName, digest: &Digest) -> Result<Artifact, RegistryError> {
        let repository = self.repository(name).await?;
        let row = store::manifests::find(self.db.read(), repository.id, digest).await?;
        let row = row.ok_or_else(|| RegistryError::UnknownManifest(digest.to_string()))?;
        self.with_tags(row).await
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
        let repository: RepositoryId = self.repository(name).await?.id;
        let rows =
            store::manifests::list(self.db.read(), repository, page.after.as_deref(), page.limit + 1).await?;
        let page = Page::of_rows(rows, page, |row| row.sha256.clone());
        let mut items = Vec::with_capacity(page.items.len());
        for row in page.items {
            items.push(self.with_tags(row).await?);
        }
        Ok(Page { items, next: page.next })
    }

    async fn with_tags(&self, row: Summary) -> Result<Artifact, RegistryError> {
        let tags = store::tags::of_manifest(self.db.read(), ManifestId::from(row.id)).await?;
        let digest = store::manifests::digest;
        Ok(Artifact {
            sha256: digest(&row.sha256, "manifest.sha256")?,
            sha512: digest(&row.sha512, "manifest.sha512")?,
            media_type: row.media_type,
            artifact_type: row.artifact_type,
            subject: row.subject.as_deref().map(|text| digest(text, "manifest.subject")).transpose()?,
            annotations: store::manifests::annotations(&row.annotations)?,
            size: row.size,
            pushed_by: row.pushed_by.map(Into::into),
            pushed_at: Timestamp::from_micros(row.valid_from_us),
            tags: tags.into_iter().map(|tag| tag.name).collect(),
        })
    }
}
