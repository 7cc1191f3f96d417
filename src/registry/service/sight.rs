//! What a caller sees of many repositories.

use std::collections::HashMap;

use super::Registry;
use crate::access::{Caller, Permission, ReadableProjects, Scope};
use crate::http::{Page, PageRequest};
use crate::registry::error::RegistryError;
use crate::registry::model::Repository;
use crate::registry::store;
use crate::types::ProjectId;

/// Rows that are looked at in one go, while those are sought that their reader may see.
const SCAN: u64 = 500;
/// Projects that a question to the database can name.
const MAX_PROJECTS: usize = 5000;

/// Which repositories somebody may read. Asks once for each project, and again only where a role covers a part of it:
/// a list of many repositories must not be as many questions.
pub(super) struct Sight<'a> {
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
    pub(super) async fn of(registry: &'a Registry, caller: &'a Caller) -> Result<Self, RegistryError> {
        let readable = registry.authority.readable_projects(caller).await?;
        Ok(Self { registry, caller, readable, projects: HashMap::new() })
    }

    /// The projects that can hold anything to be seen; none for all of them.
    pub(super) async fn projects_in_view(&self) -> Result<Option<Vec<ProjectId>>, RegistryError> {
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

    /// A page of the repositories that can be seen: nothing that can't be seen shows in where it ends.
    pub(super) async fn scan(
        mut self,
        projects: Option<&[ProjectId]>,
        page: &PageRequest,
    ) -> Result<Page<Repository>, RegistryError> {
        let wanted = usize::try_from(page.limit).unwrap_or(usize::MAX);
        let (mut seen, mut last) = (Vec::new(), page.after.clone());
        loop {
            let db = self.registry.db.read();
            let rows = store::repositories::list(db, projects, last.as_deref(), SCAN).await?;
            let ended = (rows.len() as u64) < SCAN;
            last = rows.last().map(|row| row.name.to_string());
            for repository in rows {
                if self.reaches(&repository).await? {
                    seen.push(repository);
                }
                if seen.len() > wanted {
                    break;
                }
            }
            // One more than wanted says that there is a next page.
            if ended || seen.len() > wanted {
                return Ok(Page::of_rows(seen, page, |repository| repository.name.to_string()));
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
        let reaches_all =
            self.registry.authority.may(self.caller, Permission::RepositoryRead, &whole).await?;
        // To see a project is not to read all of it: a deployer sees the projects that are deployed.
        Ok(match &self.readable {
            _ if reaches_all => Reach::Whole,
            ReadableProjects::All => Reach::Part,
            ReadableProjects::Only(ids) if ids.contains(&repository.project) => Reach::Part,
            ReadableProjects::Only(_) => Reach::None,
        })
    }
}
