//! A repository.

use crate::types::{ProjectId, RepoName, RepositoryId, Timestamp};

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
