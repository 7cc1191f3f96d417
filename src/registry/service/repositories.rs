//! Repositories: made by the first push, and listed.

use super::{Registry, Repository};
use crate::access::{Caller, Permission, Scope};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Fact};
use crate::registry::error::RegistryError;
use crate::registry::model::NamePage;
use crate::registry::store;
use crate::types::{ProjectName, RepoName, RepositoryId};

/// Repositories that a catalogue page looks at while it seeks those that its reader may see.
const SCAN: u64 = 500;

impl Registry {
    /// The repository of a push: found, or made, with its project if need be. Adds what it made to `events`.
    pub(super) async fn ensure_repository(
        &self,
        tx: &Tx,
        caller: &Caller,
        name: &RepoName,
        events: &mut Vec<Event>,
    ) -> Result<Repository, DbError> {
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

    /// The repositories that the caller may read, by name. Says too whether there may be more.
    ///
    /// # Errors
    /// When rights or rows can't be looked up.
    pub async fn catalog(
        &self,
        caller: &Caller,
        page: &NamePage,
    ) -> Result<(Vec<RepoName>, bool), RegistryError> {
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let (mut names, mut last) = (Vec::new(), page.last.clone());
        while names.len() < wanted {
            let rows = store::repositories::list(self.db.read(), None, last.as_deref(), SCAN).await?;
            let ended = (rows.len() as u64) < SCAN;
            last = rows.last().map(|row| row.name.to_string());
            for repository in rows {
                if names.len() == wanted {
                    return Ok((names, true));
                }
                if self.may(caller, Permission::RepositoryRead, &repository.name).await {
                    names.push(repository.name);
                }
            }
            if ended {
                return Ok((names, false));
            }
        }
        Ok((names, wanted > 0))
    }

    /// The repositories of a project, by name. The caller has been checked for the project.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_repositories(
        &self,
        caller: &Caller,
        project: &ProjectName,
        page: &PageRequest,
    ) -> Result<Page<Repository>, RegistryError> {
        let Some(project) = self.projects.find(project).await? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let after = page.after.as_deref();
        let rows = store::repositories::list(self.db.read(), Some(project.id), after, page.limit + 1).await?;
        let mut page = Page::of_rows(rows, page, |row| row.name.to_string());
        // Somebody whose role covers only a part of the project sees only that part.
        let whole = Scope::Project(project.name);
        if self.authority.check(caller, Permission::RepositoryRead, &whole).await.is_err() {
            let mut readable = Vec::new();
            for repository in page.items {
                if self.may(caller, Permission::RepositoryRead, &repository.name).await {
                    readable.push(repository);
                }
            }
            page.items = readable;
        }
        Ok(page)
    }
}
