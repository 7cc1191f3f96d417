//! Repositories: made by the first push, and listed.

use std::collections::HashMap;

use super::Registry;
use crate::access::{AccessError, Caller, Permission, ReadableProjects, Scope};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Fact};
use crate::registry::error::RegistryError;
use crate::registry::model::{NamePage, Repository};
use crate::registry::store;
use crate::types::{ProjectId, ProjectName, RepoName, RepositoryId};

/// Repositories that a catalogue page looks at while it seeks those that its reader may see.
const SCAN: u64 = 500;
/// Projects that a question to the database can name.
const MAX_PROJECTS: usize = 5000;

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
        let sight = Sight::of(self, caller).await?;
        let projects = sight.projects_in_view().await?;
        let (seen, more) = sight.scan(projects.as_deref(), page.last.clone(), page.limit).await?;
        Ok((seen.into_iter().map(|repository| repository.name).collect(), more))
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
        let sight = Sight::of(self, caller).await?;
        let (seen, more) = sight.scan(Some(&[project.id]), page.after.clone(), page.limit).await?;
        let next = seen.last().filter(|_| more).map(|repository| repository.name.to_string());
        Ok(Page::with_next(seen, next))
    }
}

/// Which repositories somebody may read. Asks once for each project, and again only where a role covers a part of it:
/// a list of many repositories must not be as many questions.
struct Sight<'a> {
    registry: &'a Registry,
    caller: &'a Caller,
    readable: ReadableProjects,
    projects: HashMap<ProjectId, Reach>,
}

#[derive(Clone, Copy)]
enum Reach {
    Whole,
    Part,
    None,
}

impl<'a> Sight<'a> {
    async fn of(registry: &'a Registry, caller: &'a Caller) -> Result<Self, RegistryError> {
        let readable = registry.authority.readable_projects(caller).await?;
        Ok(Self { registry, caller, readable, projects: HashMap::new() })
    }

    /// The projects that can hold anything to be seen; none for all of them.
    async fn projects_in_view(&self) -> Result<Option<Vec<ProjectId>>, RegistryError> {
        if self.readable == ReadableProjects::All {
            return Ok(None);
        }
        let (mut projects, mut after) = (Vec::new(), None);
        while projects.len() < MAX_PROJECTS {
            let page = PageRequest { limit: SCAN, after };
            let rows = self.registry.projects.list(&self.readable, &page).await?.items;
            after = rows.last().map(|project| project.name.to_string());
            let ended = (rows.len() as u64) < SCAN;
            projects.extend(rows.into_iter().map(|project| project.id));
            if ended {
                return Ok(Some(projects));
            }
        }
        Ok(None)
    }

    /// Repositories that can be seen, behind `last`, at most `limit`, and whether there are more: nothing that can't be
    /// seen shows in where a page ends.
    async fn scan(
        mut self,
        projects: Option<&[ProjectId]>,
        mut last: Option<String>,
        limit: u64,
    ) -> Result<(Vec<Repository>, bool), RegistryError> {
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut seen = Vec::new();
        loop {
            let db = self.registry.db.read();
            let rows = store::repositories::list(db, projects, last.as_deref(), SCAN).await?;
            let ended = (rows.len() as u64) < SCAN;
            last = rows.last().map(|row| row.name.to_string());
            for repository in rows {
                if self.reaches(&repository).await? {
                    if seen.len() == wanted {
                        return Ok((seen, wanted > 0));
                    }
                    seen.push(repository);
                }
            }
            if ended {
                return Ok((seen, false));
            }
        }
    }

    async fn reaches(&mut self, repository: &Repository) -> Result<bool, RegistryError> {
        let reach = match self.projects.get(&repository.project) {
            Some(reach) => *reach,
            None => {
                let reach = self.reach_into(repository).await?;
                self.projects.insert(repository.project, reach);
                reach
            }
        };
        match reach {
            Reach::Whole => Ok(true),
            Reach::Part => self.registry.may(self.caller, Permission::RepositoryRead, &repository.name).await,
            Reach::None => Ok(false),
        }
    }

    async fn reach_into(&self, repository: &Repository) -> Result<Reach, RegistryError> {
        let whole = Scope::Project(repository.name.project());
        match self.registry.authority.check(self.caller, Permission::RepositoryRead, &whole).await {
            Ok(()) => return Ok(Reach::Whole),
            Err(AccessError::Denied | AccessError::Unauthenticated) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(match &self.readable {
            ReadableProjects::Only(ids) if ids.contains(&repository.project) => Reach::Part,
            ReadableProjects::All | ReadableProjects::Only(_) => Reach::None,
        })
    }
}
