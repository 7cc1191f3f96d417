//! The answers to the questions of `access`. Nothing is cached: rights are looked up anew for each request.

use async_trait::async_trait;

use super::{Identity, failed};
use crate::access::{AccessError, Authority, Caller, Credentials, Permission, ReadableProjects, Scope};
use crate::db::DbError;
use crate::http::Origin;
use crate::identity::model::{BindingScope, Place, open_to_all};
use crate::identity::store::bindings;
use crate::projects::Project;
use crate::types::{ProjectId, ProjectName};

#[async_trait]
impl Authority for Identity {
    async fn authenticate(&self, credentials: Credentials, origin: Origin) -> Result<Caller, AccessError> {
        match credentials {
            Credentials::None => Ok(Caller::anonymous(origin)),
            Credentials::Basic { name, password } => {
                let account = self.log_in(name, password, origin.clone()).await?;
                Ok(Caller { account: Some(account), origin })
            }
        }
    }

    async fn check(&self, caller: &Caller, permission: Permission, scope: &Scope) -> Result<(), AccessError> {
        let project = self.project_of(scope).await.map_err(failed)?;
        if project.as_ref().is_some_and(|found| open_to_all(found.settings.visibility, permission)) {
            return Ok(());
        }
        let account = caller.account.ok_or(AccessError::Unauthenticated)?;
        let place = match (scope, &project) {
            (Scope::Organisation, _) => Place::Organisation,
            (_, None) => Place::Nowhere,
            (Scope::Project(_), Some(project)) => Place::Project(project.id),
            (Scope::Repository(name), Some(project)) => Place::Repository(project.id, name),
        };
        let held = bindings::reaching(self.db.read(), account, place.project()).await.map_err(failed)?;
        if held.iter().any(|binding| binding.allows(permission, place)) {
            Ok(())
        } else {
            Err(AccessError::Denied)
        }
    }

    async fn readable_projects(&self, caller: &Caller) -> Result<ReadableProjects, AccessError> {
        let Some(account) = caller.account else { return Ok(ReadableProjects::Only(Vec::new())) };
        let mut held = bindings::of_enabled(self.db.read(), account).await.map_err(failed)?;
        held.retain(|binding| binding.role.permits(Permission::ProjectRead));
        if held.iter().any(|binding| binding.scope == BindingScope::Organisation) {
            return Ok(ReadableProjects::All);
        }
        Ok(ReadableProjects::Only(held.iter().filter_map(|binding| binding.scope.project()).collect()))
    }

    async fn project_id(&self, name: &ProjectName) -> Result<Option<ProjectId>, AccessError> {
        Ok(self.projects.find(name).await.map_err(failed)?.map(|project| project.id))
    }
}

impl Identity {
    async fn project_of(&self, scope: &Scope) -> Result<Option<Project>, DbError> {
        match scope {
            Scope::Organisation => Ok(None),
            Scope::Project(name) => self.projects.find(name).await,
            Scope::Repository(name) => self.projects.find(&name.project()).await,
        }
    }
}
