//! Where a role holds: as rows and events have it, and as people name it.

use std::str::FromStr;

use thiserror::Error;

use crate::identity::model::Role;
use crate::types::{EnvironmentSelector, ProjectId, ProjectName, RepoName};

/// What a scope's key calls the organisation.
const ORGANISATION: &str = "organisation";
/// Stands before a prefix in a scope's key, and before a selector of environments.
const BELOW: char = ':';
const IN: char = '@';

/// In which projects or repositories a role holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseScope {
    /// Everywhere.
    Organisation,
    /// In one project.
    Project(ProjectId),
    /// In the repositories of a project that are the prefix or lie below it.
    Prefix(ProjectId, RepoName),
}

impl BaseScope {
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

/// Where a role holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingScope {
    /// In which projects or repositories.
    pub base: BaseScope,
    /// In which environments only; none for all, and for what is in no environment.
    pub environment: Option<EnvironmentSelector>,
}

impl BindingScope {
    /// Everywhere.
    pub const ORGANISATION: Self = Self { base: BaseScope::Organisation, environment: None };

    /// The scope as one text: what the database holds unique, and what events tell.
    pub fn key(&self) -> String {
        let base = match &self.base {
            BaseScope::Organisation => ORGANISATION.to_owned(),
            BaseScope::Project(project) => project.to_string(),
            BaseScope::Prefix(project, prefix) => format!("{project}{BELOW}{prefix}"),
        };
        match &self.environment {
            None => base,
            Some(selector) => format!("{base}{IN}{selector}"),
        }
    }

    /// The project, unless it is the organisation.
    pub const fn project(&self) -> Option<ProjectId> {
        self.base.project()
    }
}

/// A text that is no scope's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no scope of a role binding")]
pub struct ScopeKeyError;

/// Reads what [`BindingScope::key`] wrote.
impl FromStr for BindingScope {
    type Err = ScopeKeyError;

    fn from_str(key: &str) -> Result<Self, ScopeKeyError> {
        let (base, selector) = match key.split_once(IN) {
            None => (key, None),
            Some((base, selector)) => (base, Some(selector.parse().map_err(|_| ScopeKeyError)?)),
        };
        let project = |text: &str| text.parse::<ProjectId>().map_err(|_| ScopeKeyError);
        let base = match base.split_once(BELOW) {
            None if base == ORGANISATION => BaseScope::Organisation,
            None => BaseScope::Project(project(base)?),
            Some((id, prefix)) => BaseScope::Prefix(project(id)?, prefix.parse().map_err(|_| ScopeKeyError)?),
        };
        Ok(Self { base, environment: selector })
    }
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
    /// The role is about more than environments.
    #[error(
        "only the roles promoter, approver, deployer and break-glass can be bound in some environments: name none"
    )]
    NotInEnvironments,
    /// The service account belongs to another project, whose owners would gain the role.
    #[error("a service account of a project can have roles in that project only")]
    ForeignServiceAccount,
}

/// In which projects or repositories a role holds, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedBase {
    /// Everywhere.
    Organisation,
    /// In one project.
    Project(ProjectName),
    /// In the repositories that are the prefix or lie below it.
    Prefix(RepoName),
}

/// A scope as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedScope {
    /// In which projects or repositories.
    pub base: NamedBase,
    /// In which environments only; none for all, and for what is in no environment.
    pub environment: Option<EnvironmentSelector>,
}

impl NamedScope {
    /// From a project and a prefix, of which the latter names its project too, and a selector of environments.
    ///
    /// # Errors
    /// When project and prefix name different projects.
    pub fn of(
        project: Option<ProjectName>,
        prefix: Option<RepoName>,
        environment: Option<EnvironmentSelector>,
    ) -> Result<Self, ScopeError> {
        let base = match (project, prefix) {
            (None, None) => NamedBase::Organisation,
            (Some(project), None) => NamedBase::Project(project),
            (Some(project), Some(prefix)) if prefix.project() != project => {
                return Err(ScopeError::OtherProject);
            }
            (_, Some(prefix)) => NamedBase::Prefix(prefix),
        };
        Ok(Self { base, environment })
    }

    /// The project, unless it is the organisation.
    pub fn project(&self) -> Option<ProjectName> {
        match &self.base {
            NamedBase::Organisation => None,
            NamedBase::Project(project) => Some(project.clone()),
            NamedBase::Prefix(prefix) => Some(prefix.project()),
        }
    }

    /// Whether a role can be bound here, whoever binds it.
    ///
    /// # Errors
    /// When it holds for more than this.
    pub fn fits(&self, role: Role) -> Result<(), ScopeError> {
        if role == Role::OrgAdmin && self.base != NamedBase::Organisation {
            return Err(ScopeError::OrganisationOnly);
        }
        if self.environment.is_some() && !role.is_of_environments() {
            return Err(ScopeError::NotInEnvironments);
        }
        Ok(())
    }
}
