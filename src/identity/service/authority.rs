//! The answers to the questions of `access`. Rights are looked up anew for each request, by the 2-second rule.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Identity, failed};
use crate::access::{
    AccessError, Authority, Caller, Ceiling, Credentials, Narrowing, Permission, ReadableEntries,
    ReadableProjects, Scope,
};
use crate::db::DbError;
use crate::http::Origin;
use crate::identity::model::{BaseScope, Binding, Place, TokenSecret, open_to_all};
use crate::projects::Project;
use crate::types::{ProjectId, ProjectName, Timestamp};

#[async_trait]
impl Authority for Identity {
    async fn authenticate(&self, credentials: Credentials, origin: Origin) -> Result<Caller, AccessError> {
        match credentials {
            Credentials::None => Ok(Caller::anonymous(origin)),
            Credentials::Basic { name, password } => {
                if let Some(secret) = TokenSecret::parse(&password) {
                    let caller = self.log_in_by_token(&secret, Some(&name), origin).await;
                    return caller.map_err(|error| match error {
                        AccessError::InvalidToken => AccessError::BadCredentials,
                        error => error,
                    });
                }
                let account = self.log_in(name, password, origin.clone()).await?;
                Ok(Caller::of(account, origin))
            }
            Credentials::Bearer { token } => match TokenSecret::parse(&token) {
                Some(secret) => self.log_in_by_token(&secret, None, origin).await,
                None => self.believe(&token, origin).await,
            },
        }
    }

    async fn check(&self, caller: &Caller, permission: Permission, scope: &Scope) -> Result<(), AccessError> {
        let project = self.project_of(scope).await.map_err(failed)?;
        if project.as_ref().is_some_and(|found| open_to_all(found.settings.visibility, permission)) {
            return Ok(());
        }
        let account = caller.account.ok_or(AccessError::Unauthenticated)?;
        let held = self.bindings_of(account).await.map_err(failed)?;
        judge(caller, permission, scope, project.as_deref(), &held, self.clock.now()).map(drop)
    }

    fn service(&self) -> &str {
        &self.service
    }

    async fn readable_projects(&self, caller: &Caller) -> Result<ReadableProjects, AccessError> {
        let Some(account) = caller.account else { return Ok(ReadableProjects::Only(Vec::new())) };
        if !caller.ceiling.covers_catalog() {
            return Ok(ReadableProjects::Only(Vec::new()));
        }
        let held = self.bindings_of(account).await.map_err(failed)?;
        let now = self.clock.now();
        let reads =
            |binding: &&Binding| binding.holds_at(now) && binding.role.permits(Permission::ProjectRead);
        let held: Vec<&Binding> = held.iter().filter(reads).collect();
        let everywhere = held.iter().any(|binding| binding.scope.base == BaseScope::Organisation);
        let mut projects: Vec<_> = held.iter().filter_map(|binding| binding.scope.project()).collect();
        if let Ceiling::Narrowed(Narrowing { prefix: Some(prefix), .. }) = &caller.ceiling {
            let narrowed = self.project_id(&prefix.project()).await?;
            projects.retain(|project| Some(*project) == narrowed);
            return Ok(ReadableProjects::Only(if everywhere {
                narrowed.into_iter().collect()
            } else {
                projects
            }));
        }
        Ok(if everywhere { ReadableProjects::All } else { ReadableProjects::Only(projects) })
    }

    async fn readable_entries(&self, caller: &Caller) -> Result<ReadableEntries, AccessError> {
        let none = ReadableEntries::Of(ReadableProjects::Only(Vec::new()));
        // Narrowed tokens read content; who worked on it is more than that.
        let Some(account) = caller.account.filter(|_| caller.ceiling.is_rights()) else { return Ok(none) };
        let held = self.bindings_of(account).await.map_err(failed)?;
        let now = self.clock.now();
        let allows = |permission, place| {
            held.iter().any(|binding| binding.holds_at(now) && binding.allows(permission, place))
        };
        if allows(Permission::EventsRead, Place::Organisation) {
            return Ok(ReadableEntries::All);
        }
        if allows(Permission::EntriesRead, Place::Organisation) {
            return Ok(ReadableEntries::Of(ReadableProjects::All));
        }
        let projects: BTreeSet<_> = held.iter().filter_map(|binding| binding.scope.project()).collect();
        let whole = |project: &ProjectId| allows(Permission::EntriesRead, Place::Project(*project));
        let projects = projects.into_iter().filter(whole).collect();
        Ok(ReadableEntries::Of(ReadableProjects::Only(projects)))
    }

    async fn project_id(&self, name: &ProjectName) -> Result<Option<ProjectId>, AccessError> {
        Ok(self.projects.recall(name).await.map_err(failed)?.map(|project| project.id))
    }
}

/// What follows from a project and from all that the caller's account holds; says when the right ends by itself, none
/// when it does not.
///
/// # Errors
/// Those of [`Authority::check`], but `Failed`.
pub(super) fn judge(
    caller: &Caller,
    permission: Permission,
    scope: &Scope,
    project: Option<&Project>,
    held: &[Binding],
    now: Timestamp,
) -> Result<Option<Timestamp>, AccessError> {
    if project.is_some_and(|found| open_to_all(found.settings.visibility, permission)) {
        return Ok(None);
    }
    if caller.is_anonymous() {
        return Err(AccessError::Unauthenticated);
    }
    let place = match (scope, project) {
        (Scope::Organisation, _) => Place::Organisation,
        (_, None) => Place::Nowhere,
        (Scope::Project(_), Some(project)) => Place::Project(project.id),
        (Scope::Repository(name), Some(project)) => Place::Repository(project.id, name),
        (Scope::Environment(environment, name), Some(project)) => {
            Place::Environment(project.id, name, environment)
        }
    };
    let allowing = held.iter().filter(|binding| binding.holds_at(now) && binding.allows(permission, place));
    let ends = allowing.map(|binding| binding.expires_at);
    // What has no end is later than all that has one.
    let last = ends.reduce(|a, b| Some(a?.max(b?))).ok_or(AccessError::Denied)?;
    let reads = matches!(
        permission,
        Permission::RepositoryRead | Permission::ProjectRead | Permission::EnvironmentRead
    );
    // A push to a project that does not exist makes it, which is more than to push.
    let makes = place == Place::Nowhere && !reads;
    match &caller.ceiling {
        ceiling if ceiling.covers(permission, scope) && (!makes || ceiling.covers_new_projects()) => Ok(last),
        Ceiling::Scopes(_) => Err(AccessError::InsufficientScope),
        Ceiling::Narrowed(_) | Ceiling::Rights => Err(AccessError::TooNarrow),
    }
}

impl Identity {
    async fn project_of(&self, scope: &Scope) -> Result<Option<Arc<Project>>, DbError> {
        match scope {
            Scope::Organisation => Ok(None),
            Scope::Project(name) => self.projects.recall(name).await,
            Scope::Repository(name) | Scope::Environment(_, name) => {
                self.projects.recall(&name.project()).await
            }
        }
    }
}
