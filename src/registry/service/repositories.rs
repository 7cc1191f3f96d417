//! Repositories: made by the first push, and listed.

use super::Registry;
use super::sight::Sight;
use crate::access::Caller;
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Fact};
use crate::registry::error::RegistryError;
use crate::registry::model::Repository;
use crate::registry::store;
use crate::types::{ProjectName, RepoName, RepositoryId};

impl Registry {
    /// The repository of a push: found, or made, with its project if need be. Adds what it made to `events`.
    pub(super) async fn ensure_repository(
        &self,
        tx: &Tx,
        caller: &Caller,
        name: &RepoName,
        events: &mut Vec<Event>,
    ) -> Result<Repository, DbError> {
        if let Some(remembered) = self.memory.repositories.peek(name) {
            return Ok(remembered);
        }
        if let Some(found) = store::repositories::find(&**tx, name).await? {
            return Ok(found);
        }
        let project = self.projects.ensure_in(tx, caller, &name.project(), events).await?;
        let now = self.clock.now();
        let repository =
            Repository { id: RepositoryId::new(), project: project.id, name: name.clone(), created_at: now };
        let fact = Fact::RepositoryCreated { repository: repository.id.to_string(), name: name.to_string() };
        let event = Event::new(caller, now, Some(project.id), fact);
        store::repositories::insert(&**tx, &repository, now, event.id()).await?;
        events.push(event);
        Ok(repository)
    }

    /// A repository, by its id: for work that was left with nothing else. No right is asked for.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn repository_by_id(&self, id: RepositoryId) -> Result<Option<Repository>, DbError> {
        store::repositories::get(self.db.read(), id).await
    }

    /// The repositories that the caller may read, by name.
    ///
    /// # Errors
    /// When rights or rows can't be looked up.
    pub async fn catalog(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<Repository>, RegistryError> {
        let sight = Sight::of(self, caller).await?;
        let projects = sight.projects_in_view().await?;
        sight.scan(projects.as_deref(), page).await
    }

    /// The repositories of a project that the caller may read, by name: all of them, or those that a role for a part of
    /// the project covers.
    ///
    /// # Errors
    /// `UnknownProject`.
    pub async fn list_repositories(
        &self,
        caller: &Caller,
        project: &ProjectName,
        page: &PageRequest,
    ) -> Result<Page<Repository>, RegistryError> {
        let found = self.projects.find(project).await?;
        let project = found.ok_or_else(|| RegistryError::UnknownProject(project.clone()))?;
        Sight::of(self, caller).await?.scan(Some(&[project.id]), page).await
    }
}
