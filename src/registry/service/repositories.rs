//! Repositories: made by the first push, and listed.

use std::collections::HashMap;

use super::{Registry, Repository};
use crate::access::{Caller, Permission, ReadableProjects, Scope};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Fact};
use crate::registry::error::RegistryError;
use crate::registry::model::NamePage;
use crate::registry::store;
use crate::types::{ProjectId, ProjectName, RepoName, RepositoryId};

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
        let mut sight = Sight::of(self, caller).await?;
        let (mut names, mut last) = (Vec::new(), page.last.clone());
        while names.len() < wanted {
            let rows = store::repositories::list(self.db.read(), None, last.as_deref(), SCAN).await?;
            let ended = (rows.len() as u64) < SCAN;
            last = rows.last().map(|row| row.name.to_string());
            for repository in rows {
                if names.len() == wanted {
                    return Ok((names, true));
                }
                if sight.reaches(&repository).await {
                    names.push(repository.name);
                }
            }
            if ended {
                return Ok((names, false));
            }
        }
        Ok((names, wanted > 0))
    }

    /// The repositories of a project that the caller may read, by name. Somebody whose role covers only a part of the
    /// project sees that part; a page may then be short and still have a next one.
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
        let mut sight = Sight::of(self, caller).await?;
        let after = page.after.as_deref();
        let rows = store::repositories::list(self.db.read(), Some(project.id), after, page.limit + 1).await?;
        let Page { items, next } = Page::of_rows(rows, page, |row| row.name.to_string());
        let mut seen = Vec::new();
        for repository in items {
            if sight.reaches(&repository).await {
                seen.push(repository);
            }
        }
        Ok(Page { items: seen, next })
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

    async fn reaches(&mut self, repository: &Repository) -> bool {
        let reach = match self.projects.get(&repository.project) {
            Some(reach) => *reach,
            None => {
                let reach = self.reach_into(repository).await;
                self.projects.insert(repository.project, reach);
                reach
            }
        };
        match reach {
            Reach::Whole => true,
            Reach::Part => self.registry.may(self.caller, Permission::RepositoryRead, &repository.name).await,
            Reach::None => false,
        }
    }

    async fn reach_into(&self, repository: &Repository) -> Reach {
        let whole = Scope::Project(repository.name.project());
        let asked = self.registry.authority.check(self.caller, Permission::RepositoryRead, &whole).await;
        match &self.readable {
            _ if asked.is_ok() => Reach::Whole,
            ReadableProjects::Only(ids) if ids.contains(&repository.project) => Reach::Part,
            ReadableProjects::All | ReadableProjects::Only(_) => Reach::None,
        }
    }
}
