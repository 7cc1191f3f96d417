//! Creating, finding and changing projects.

use std::collections::HashMap;
use std::sync::Arc;

use thiserror::Error;

use super::epochs::Epoch;
use super::model::{Project, Settings, SettingsChange, SettingsError};
use super::store;
use crate::access::{Caller, ReadableProjects};
use crate::db::{Cache, Db, DbError, Topic, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Fact, Record};
use crate::types::{Clock, ProjectId, ProjectName};

/// Why a project was not created or changed.
#[derive(Debug, Error)]
pub enum ProjectError {
    /// The name is taken.
    #[error("there is a project '{0}' already: choose another name, or change that one")]
    Exists(ProjectName),
    /// There is none of this name.
    #[error("there is no project '{0}'")]
    NotFound(ProjectName),
    /// The edit was made on a revision that no longer holds.
    #[error("the project was changed meanwhile, its revision is {current}: read it and edit again")]
    Stale {
        /// The revision that holds.
        current: i64,
    },
    /// The settings are out of bounds.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Projects that are remembered.
const REMEMBERED: usize = 10_000;

/// The projects.
#[derive(Clone)]
pub struct Projects {
    db: Db,
    clock: Arc<dyn Clock>,
    defaults: Settings,
    remembered: Arc<Cache<ProjectName, Arc<Project>>>,
}

impl Projects {
    /// Over a database. `defaults` are the first settings of a project that a push creates.
    pub fn new(db: Db, clock: Arc<dyn Clock>, defaults: Settings) -> Self {
        let remembered = Arc::new(Cache::new(&db, "projects", REMEMBERED));
        Self { db, clock, defaults, remembered }
    }

    /// The settings of a project that names none of its own.
    pub const fn defaults(&self) -> &Settings {
        &self.defaults
    }

    /// A project, by its name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, name: &ProjectName) -> Result<Option<Project>, DbError> {
        store::find(self.db.read(), name).await
    }

    /// As [`Projects::find`], by the 2-second rule: for questions that every request asks.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn recall(&self, name: &ProjectName) -> Result<Option<Arc<Project>>, DbError> {
        let read = async || Ok(self.find(name).await?.map(Arc::new));
        self.remembered.find(Topic::Project(name), name.clone(), read).await
    }

    /// A project, by its id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_by_id(&self, id: ProjectId) -> Result<Option<Project>, DbError> {
        store::find_by_id(self.db.read(), id).await
    }

    /// The names of projects.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names(&self, ids: &[ProjectId]) -> Result<HashMap<ProjectId, ProjectName>, DbError> {
        Ok(store::names(self.db.read(), ids).await?.into_iter().collect())
    }

    /// A page of the public projects and those in `readable`, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(
        &self,
        readable: &ReadableProjects,
        page: &PageRequest,
    ) -> Result<Page<Project>, DbError> {
        let rows = store::list(self.db.read(), readable, page.after.as_deref(), page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |project| project.name.to_string()))
    }

    /// A project, by its name, as a change sees it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_in(tx: &Tx, name: &ProjectName) -> Result<Option<Project>, DbError> {
        store::find(&**tx, name).await
    }

    /// The sum of some counters: another one says that something changed that may alter a gate.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn epochs(&self, of: &[Epoch]) -> Result<i64, DbError> {
        let keys: Vec<String> = of.iter().map(|epoch| epoch.key()).collect();
        Ok(store::counters(self.db.read(), &keys).await?.into_iter().map(|(_, value)| value).sum())
    }

    /// Each of some counters; one that was never counted up is missing.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn counters(&self, of: &[Epoch]) -> Result<HashMap<Epoch, i64>, DbError> {
        let keys: Vec<String> = of.iter().map(|epoch| epoch.key()).collect();
        let values: HashMap<String, i64> =
            store::counters(self.db.read(), &keys).await?.into_iter().collect();
        let of = of.iter().zip(&keys);
        Ok(of.filter_map(|(epoch, key)| values.get(key).map(|value| (*epoch, *value))).collect())
    }

    /// As [`Projects::epochs`], as a change sees them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn epochs_in(tx: &Tx, of: &[Epoch]) -> Result<i64, DbError> {
        let keys: Vec<String> = of.iter().map(|epoch| epoch.key()).collect();
        Ok(store::counters(&**tx, &keys).await?.into_iter().map(|(_, value)| value).sum())
    }

    /// Finds a project as part of a change, or creates it with the defaults; `events` tells of it then. Whether
    /// `caller` may create it was checked before.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn ensure_in(
        &self,
        tx: &Tx,
        caller: &Caller,
        name: &ProjectName,
        events: &mut Vec<Event>,
    ) -> Result<Project, DbError> {
        if let Some(found) = Self::find_in(tx, name).await? {
            return Ok(found);
        }
        if let Some((created, event)) = self.create_in(tx, caller, name, &self.defaults).await? {
            events.push(event);
            return Ok(created);
        }
        // Somebody else created it in between, so it is there now.
        Self::find_in(tx, name).await?.ok_or_else(|| DbError::corrupt("project: taken, but not there", name))
    }

    /// Creates a project.
    ///
    /// # Errors
    /// `Exists`, `Settings`, or `Db`.
    pub async fn create(
        &self,
        caller: &Caller,
        name: &ProjectName,
        settings: Settings,
    ) -> Result<Project, ProjectError> {
        settings.check()?;
        let (this, caller, name) = (self.clone(), caller.clone(), name.clone());
        self.db
            .write(async move |tx: &Tx| {
                let created = this.create_in(tx, &caller, &name, &settings).await?;
                let (project, event) = created.ok_or_else(|| ProjectError::Exists(name.clone()))?;
                tx.record(&[event]).await?;
                Ok(project)
            })
            .await
    }

    /// Changes the settings that hold at `revision`; an edit that changes nothing makes no revision.
    ///
    /// # Errors
    /// `NotFound`, `Stale` when another revision holds, `Settings`, or `Db`.
    pub async fn update(
        &self,
        caller: &Caller,
        name: &ProjectName,
        revision: i64,
        change: SettingsChange,
    ) -> Result<Project, ProjectError> {
        let (caller, name, now) = (caller.clone(), name.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                let found = Self::find_in(tx, &name).await?;
                let project = found.ok_or_else(|| ProjectError::NotFound(name.clone()))?;
                let stale = ProjectError::Stale { current: project.revision };
                if project.revision != revision {
                    return Err(stale);
                }
                let settings = change.apply(&project.settings);
                settings.check()?;
                if settings == project.settings {
                    return Ok(project);
                }
                let next = revision + 1;
                let fact = Fact::ProjectUpdated { settings: settings.fact(next) };
                let event = Event::new(&caller, now, Some(project.id), fact);
                if !store::close_revision(&**tx, project.id, revision, now, event.id()).await? {
                    return Err(stale);
                }
                store::open_revision(&**tx, project.id, next, &settings, now, event.id()).await?;
                tx.changes(Topic::Project(&name)).await?;
                tx.record(&[event]).await?;
                Ok(Project { revision: next, settings, ..project })
            })
            .await
    }

    /// Creates a project, unless its name is taken, and makes the event that tells of it.
    async fn create_in(
        &self,
        tx: &Tx,
        caller: &Caller,
        name: &ProjectName,
        settings: &Settings,
    ) -> Result<Option<(Project, Event)>, DbError> {
        let (id, now) = (ProjectId::new(), self.clock.now());
        let fact = Fact::ProjectCreated { name: name.to_string(), settings: settings.fact(1) };
        let event = Event::new(caller, now, Some(id), fact);
        if !store::insert(&**tx, id, name, now, event.id()).await? {
            return Ok(None);
        }
        store::open_revision(&**tx, id, 1, settings, now, event.id()).await?;
        let settings = settings.clone();
        Ok(Some((Project { id, name: name.clone(), revision: 1, created_at: now, settings }, event)))
    }
}
