//! What can be allowed, and where.

use crate::types::{EnvironmentName, ProjectName, RepoName};

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
    /// Make releases of what a project holds.
    ReleaseCreate,
    /// Read what an environment shows of a repository.
    EnvironmentRead,
    /// Ask for a release to be admitted into an environment, and take that back.
    PromotionRequest,
    /// Say yes or no to a promotion.
    PromotionApprove,
    /// Admit without what gates demand, in an emergency.
    BreakGlass,
    /// Report what became of a release that was admitted.
    DeploymentReport,
    /// Set lifecycles, freezes, quarantines, and approve waivers.
    PolicyAdminister,
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
    /// An environment, as far as it is about a repository, or about a project: then the repository has the project's name.
    Environment(EnvironmentName, RepoName),
}
