//! The registry's verbs, a file per resource.

mod artifacts;
mod blobs;
mod manifest_checks;
mod manifests;
mod push_manifest;
mod referrers;
mod repositories;
mod tags;
mod uploads;

use std::sync::Arc;

use bytes::Bytes;

use super::error::RegistryError;
use crate::access::{Authority, Caller, Permission, Scope};
use crate::blobs::Blobs;
use crate::db::Db;
use crate::projects::Projects;
use crate::types::{
    Algorithm, Clock, Digest, ManifestId, MediaType, ProjectId, RepoName, RepositoryId, Tag, TagId, Timestamp,
};

pub use artifacts::Artifact;
pub use blobs::Mount;
pub use manifests::FoundManifest;
pub use push_manifest::PushManifest;
pub use referrers::ReferrerQuery;

/// Limits that an operator may set.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest manifest in bytes; the spec wants at least 4 MiB.
    pub manifest_bytes: usize,
}

/// A repository.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Opaque id.
    pub id: RepositoryId,
    /// Its project.
    pub project: ProjectId,
    /// Whole name.
    pub name: RepoName,
    /// When it came to be.
    pub created_at: Timestamp,
}

/// A manifest's names: both digests, and the one that the client used.
#[derive(Debug, Clone)]
pub struct ManifestNames {
    /// As the client named it; SHA-256 when it named a tag.
    pub named: Digest,
    /// By SHA-256.
    pub sha256: Digest,
    /// By SHA-512.
    pub sha512: Digest,
}

impl ManifestNames {
    /// Hashes a manifest's bytes both ways.
    pub fn of(bytes: &[u8], algorithm: Algorithm) -> Self {
        let (sha256, sha512) = (Digest::of(Algorithm::Sha256, bytes), Digest::of(Algorithm::Sha512, bytes));
        let named = match algorithm {
            Algorithm::Sha256 => sha256.clone(),
            Algorithm::Sha512 => sha512.clone(),
        };
        Self { named, sha256, sha512 }
    }
}

/// A manifest as it was pushed.
#[derive(Debug, Clone)]
pub struct StoredManifest {
    /// What it is served as.
    pub media_type: MediaType,
    /// What it refers to.
    pub subject: Option<Digest>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// What a tag points at.
#[derive(Debug, Clone)]
pub struct CurrentTag {
    /// The span's id.
    pub id: TagId,
    /// The tag.
    pub name: Tag,
    /// The manifest.
    pub manifest: ManifestId,
    /// As it was pushed.
    pub digest: Digest,
    /// Since when.
    pub since: Timestamp,
}

/// The registry. Cheap to clone.
#[derive(Clone)]
pub struct Registry {
    db: Db,
    clock: Arc<dyn Clock>,
    blobs: Blobs,
    projects: Projects,
    authority: Arc<dyn Authority>,
    limits: Limits,
}

impl Registry {
    /// Composes the registry.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        blobs: Blobs,
        projects: Projects,
        authority: Arc<dyn Authority>,
        limits: Limits,
    ) -> Self {
        Self { db, clock, blobs, projects, authority, limits }
    }

    /// Largest manifest in bytes.
    pub const fn manifest_limit(&self) -> usize {
        self.limits.manifest_bytes
    }

    /// A repository that must exist.
    async fn repository(&self, name: &RepoName) -> Result<Repository, RegistryError> {
        let found = super::store::repositories::find(self.db.read(), name).await?;
        found.ok_or_else(|| RegistryError::UnknownRepository(name.clone()))
    }

    /// Whether the caller has a further right in a repository. What can't be told counts as no.
    async fn may(&self, caller: &Caller, permission: Permission, name: &RepoName) -> bool {
        self.authority.check(caller, permission, &Scope::Repository(name.clone())).await.is_ok()
    }
}
