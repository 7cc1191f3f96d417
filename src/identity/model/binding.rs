//! Where a role holds, and what that allows.

use thiserror::Error;

use super::{Role, UserName};
use crate::access::{Permission, Scope};
use crate::projects::Visibility;
use crate::types::{AccountId, BindingId, EnvironmentName, ProjectId, ProjectName, RepoName, Timestamp};

/// Where a role holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BindingScope {
    /// Everywhere.
    Organisation,
    /// In one project.
    Project(ProjectId),
    /// In the repositories of a project that are the prefix or lie below it.
    Prefix(ProjectId, RepoName),
}

/// Where a permission is asked for, its project looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// The whole installation.
    Organisation,
    /// A project that does not exist, or a repository in one.
    Nowhere,
    /// A project.
    Project(ProjectId),
    /// A repository, which may not exist.
    Repository(ProjectId, &'a RepoName),
    /// An environment, as far as it is about a repository or, by its name, about the project.
    Environment(ProjectId, &'a RepoName, &'a EnvironmentName),
}

impl Place<'_> {
    /// The project that it lies in.
    pub const fn project(&self) -> Option<ProjectId> {
        match self {
            Self::Organisation | Self::Nowhere => None,
            Self::Project(project) | Self::Repository(project, _) | Self::Environment(project, _, _) => {
                Some(*project)
            }
        }
    }
}

impl BindingScope {
    /// The scope as one text: what the database holds unique, and what events tell.
    pub fn key(&self) -> String {
        match self {
            Self::Organisation => "organisation".to_owned(),
            Self::Project(project) => project.to_string(),
            Self::Prefix(project, prefix) => format!("{project}:{prefix}"),
        }
    }

    /// The project, unless it is the organisation.
    pub const fn project(&self) -> Option<ProjectId> {
        match self {
            Self::Organisation => None,
            Self::Project(project) | Self::Prefix(project, _) => Some(*project),
        }
    }

    /// The prefix, if it is narrowed to one.
    pub const fn prefix(&self) -> Option<&RepoName> {
        match self {
            Self::Organisation | Self::Project(_) => None,
            Self::Prefix(_, prefix) => Some(prefix),
        }
    }
}

/// Whether a role bound at `scope` allows something at `place`.
pub fn allows(role: Role, scope: &BindingScope, permission: Permission, place: Place<'_>) -> bool {
    let covers = match (scope, place) {
        // What does not exist is hidden from everybody but those who may create it.
        (BindingScope::Organisation, Place::Nowhere) => role == Role::OrgAdmin,
        (BindingScope::Organisation, _) => true,
        (_, Place::Organisation | Place::Nowhere) => false,
        (
            BindingScope::Project(own),
            Place::Project(asked) | Place::Repository(asked, _) | Place::Environment(asked, _, _),
        ) => *own == asked,
        // Who works below a prefix sees the project that it lies in, but rules none of it.
        (BindingScope::Prefix(own, _), Place::Project(asked)) => {
            *own == asked && permission == Permission::ProjectRead
        }
        (BindingScope::Prefix(own, prefix), Place::Repository(asked, name)) => {
            *own == asked && (permission == Permission::ProjectRead || name.is_within(prefix))
        }
        (BindingScope::Prefix(own, prefix), Place::Environment(asked, name, _)) => {
            *own == asked && name.is_within(prefix)
        }
    };
    covers && role.permits(permission)
}

/// What everybody may do in a project, without logging in too.
pub const fn open_to_all(visibility: Visibility, permission: Permission) -> bool {
    matches!(visibility, Visibility::Public)
        && matches!(
            permission,
            Permission::RepositoryRead | Permission::ProjectRead | Permission::EnvironmentRead
        )
}

/// A role that an account has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Opaque id.
    pub id: BindingId,
    /// Who has it.
    pub account: AccountId,
    /// Which.
    pub role: Role,
    /// Where.
    pub scope: BindingScope,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl Binding {
    /// Whether it still holds: one that has ended gives no right from that instant, although it is closed later.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expires| now < expires)
    }

    /// Whether it allows something at `place`.
    pub fn allows(&self, permission: Permission, place: Place<'_>) -> bool {
        allows(self.role, &self.scope, permission, place)
    }
}

/// A binding with the names that people know its parts by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedBinding {
    /// The binding.
    pub binding: Binding,
    /// Its account's name.
    pub user: UserName,
    /// Its project's name.
    pub project: Option<ProjectName>,
}

/// Why a role can't be bound there. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ScopeError {
    /// The prefix belongs to another project.
    #[error("the prefix must be the whole name of a repository, or of its upper part, in the project")]
    OtherProject,
    /// The role rules the organisation.
    #[error("the role 'org-admin' holds for the whole organisation: name neither project nor prefix")]
    OrganisationOnly,
    /// The service account belongs to another project, whose owners would gain the role.
    #[error("a service account of a project can have roles in that project only")]
    ForeignServiceAccount,
}

/// A scope as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedScope {
    /// Everywhere.
    Organisation,
    /// In one project.
    Project(ProjectName),
    /// In the repositories that are the prefix or lie below it.
    Prefix(RepoName),
}

impl NamedScope {
    /// From a project and a prefix, of which the latter names its project too.
    ///
    /// # Errors
    /// When the two name different projects.
    pub fn of(project: Option<ProjectName>, prefix: Option<RepoName>) -> Result<Self, ScopeError> {
        match (project, prefix) {
            (None, None) => Ok(Self::Organisation),
            (Some(project), None) => Ok(Self::Project(project)),
            (Some(project), Some(prefix)) if prefix.project() != project => Err(ScopeError::OtherProject),
            (_, Some(prefix)) => Ok(Self::Prefix(prefix)),
        }
    }

    /// The project, unless it is the organisation.
    pub fn project(&self) -> Option<ProjectName> {
        match self {
            Self::Organisation => None,
            Self::Project(project) => Some(project.clone()),
            Self::Prefix(prefix) => Some(prefix.project()),
        }
    }
}

/// What somebody must be allowed to bind or unbind a role in a project, or everywhere when it is none. Owners give
/// out what they have themselves; who audits or rules more than a project is for the organisation to say.
pub fn needed_to_bind(role: Role, project: Option<ProjectName>) -> (Permission, Scope) {
    match (role, project) {
        (Role::Reader | Role::Publisher | Role::ProjectOwner, Some(project)) => {
            (Permission::ProjectAdminister, Scope::Project(project))
        }
        _ => (Permission::OrganisationAdminister, Scope::Organisation),
    }
}

#[cfg(test)]
mod tests;
