//! Where a role holds, and what that allows.

mod scope;

pub use scope::{BaseScope, BindingScope, NamedBase, NamedScope, ScopeError};

use super::{Role, UserName};
use crate::access::{Permission, Scope};
use crate::projects::Visibility;
use crate::types::{AccountId, BindingId, EnvironmentName, ProjectId, ProjectName, RepoName, Timestamp};

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

/// Whether a role bound at `scope` allows something at `place`.
pub fn allows(role: Role, scope: &BindingScope, permission: Permission, place: Place<'_>) -> bool {
    let selected = match (&scope.environment, place) {
        (None, _) => true,
        (Some(selector), Place::Environment(_, _, environment)) => selector.selects(environment),
        (Some(_), _) => false,
    };
    // Who works in a part of a project sees the project, but rules none of it.
    let sees = permission == Permission::ProjectRead
        && place.project().is_some_and(|asked| scope.project().is_none_or(|own| own == asked));
    (sees || (selected && covers(role, &scope.base, place))) && role.permits(permission)
}

fn covers(role: Role, base: &BaseScope, place: Place<'_>) -> bool {
    match (base, place) {
        // What does not exist is hidden from everybody but those who may create it.
        (BaseScope::Organisation, Place::Nowhere) => role == Role::OrgAdmin,
        (BaseScope::Organisation, _) => true,
        (_, Place::Organisation | Place::Nowhere) | (BaseScope::Prefix(_, _), Place::Project(_)) => false,
        (
            BaseScope::Project(own),
            Place::Project(asked) | Place::Repository(asked, _) | Place::Environment(asked, _, _),
        ) => *own == asked,
        (
            BaseScope::Prefix(own, prefix),
            Place::Repository(asked, name) | Place::Environment(asked, name, _),
        ) => *own == asked && name.is_within(prefix),
    }
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

/// What somebody must be allowed to bind or unbind a role in a project, or everywhere when it is none. Owners say who works
/// in their project; who watches over that work, lets it pass or rules more than a project is for the organisation to say.
pub fn needed_to_bind(role: Role, project: Option<ProjectName>) -> (Permission, Scope) {
    match (role, project) {
        (
            Role::Reader | Role::Publisher | Role::ProjectOwner | Role::Promoter | Role::Deployer,
            Some(project),
        ) => (Permission::ProjectAdminister, Scope::Project(project)),
        _ => (Permission::OrganisationAdminister, Scope::Organisation),
    }
}

#[cfg(test)]
mod tests;
