//! What can be allowed, and where.

use crate::types::{ProjectName, RepoName};

/// Something that a caller may or may not do at a [`Scope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Read manifests, blobs, tags and referrers.
    RepositoryRead,
    /// Push blobs and manifests, set tags.
    RepositoryPush,
    /// Delete manifests, blobs and tags that no immutability protects.
    RepositoryDelete,
    /// Delete immutable tags, and manifests that hold one.
    RepositoryDeleteProtected,
    /// See a project and its settings.
    ProjectRead,
    /// Create a project.
    ProjectCreate,
    /// Change a project's settings and its role bindings.
    ProjectAdminister,
    /// Create and change users, and bind roles for the whole organisation.
    OrganisationAdminister,
    /// Read a project's entries in the ledger.
    EntriesRead,
    /// Read recorded events, whatever they are about.
    EventsRead,
}

/// Where a permission is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The whole installation.
    Organisation,
    /// One project.
    Project(ProjectName),
    /// One repository.
    Repository(RepoName),
}
