//! The verbs of releases, a file per resource or action.

mod admit;
mod approve;
mod auto_promote;
mod cancel;
mod decide;
mod environments;
mod freezes;
mod gather;
mod kubernetes;
mod lifecycles;
mod list;
mod quarantines;
mod releases;
mod reopen;
pub mod replay;
mod report;
mod request;
mod reviews;
mod rollback;
mod standing;
mod summary;
mod templates;
mod tend;
mod upkeep;
mod waivers;

use std::sync::Arc;

use quick_cache::sync::Cache as Made;

use super::error::ReleaseError;
use super::model::{Freeze, Lifecycle, LifecycleOwner};
use crate::access::{Authority, Caller, Permission, Scope};
use crate::blobs::Storage;
use crate::db::{Cache, Db, Tx};
use crate::http::PageRequest;
use crate::identity::Identity;
use crate::projects::{Project, Projects};
use crate::registry::Registry;
use crate::trust::Trust;
use crate::types::{Clock, EnvironmentName, ProjectId, ProjectName};

pub use decide::{AskedImage, Decided, Question};
pub use freezes::NewFreeze;
pub use list::{Shown, Wanted};
pub use releases::{NewArtifact, NewRelease};
pub use request::NewPromotion;
pub use rollback::RollbackTarget;
pub use standing::Standings;
pub use upkeep::{AutoPromote, ReopenPromotions, TendPromotions, WriteSummaries};
pub use waivers::NewWaiver;

/// Lifecycles that are kept read, and projects of which the freezes are remembered.
const READ: usize = 1000;

/// Releases, and how they get into environments. Cheap to clone; clones share what is remembered.
#[derive(Clone)]
pub struct Releases {
    db: Db,
    clock: Arc<dyn Clock>,
    projects: Projects,
    identity: Identity,
    authority: Arc<dyn Authority>,
    registry: Registry,
    trust: Trust,
    storage: Storage,
    standings: Standings,
    memory: Arc<Memory>,
}

/// What is remembered.
struct Memory {
    /// A revision of a lifecycle never changes.
    lifecycles: Made<(ProjectId, i64), Arc<Lifecycle>>,
    /// Freezes over projects, without those over all of them.
    freezes: Cache<ProjectId, Arc<[Freeze]>>,
    /// Those over all of them.
    organisation_freezes: Cache<(), Arc<[Freeze]>>,
}

/// What the room is composed of.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Projects, by name.
    pub projects: Projects,
    /// People, and their rights as a change sees them.
    pub identity: Identity,
    /// Rights.
    pub authority: Arc<dyn Authority>,
    /// What releases consist of.
    pub registry: Registry,
    /// What is known of it.
    pub trust: Trust,
    /// Where long documents are kept.
    pub storage: Storage,
    /// What environments hold.
    pub standings: Standings,
}

impl Releases {
    /// Composes the room.
    pub fn new(parts: Parts) -> Self {
        let Parts { db, clock, projects, identity, authority, registry, trust, storage, standings } = parts;
        let memory = Arc::new(Memory {
            lifecycles: Made::new(READ),
            freezes: Cache::new(&db, "freezes", READ),
            organisation_freezes: Cache::new(&db, "organisation_freezes", 1),
        });
        Self { db, clock, projects, identity, authority, registry, trust, storage, standings, memory }
    }

    async fn project(&self, name: &ProjectName) -> Result<Project, ReleaseError> {
        self.projects.find(name).await?.ok_or_else(|| ReleaseError::NoSuchProject(name.clone()))
    }

    /// The name of a project that something is kept of, so it is there.
    async fn project_name(&self, id: ProjectId) -> Result<ProjectName, ReleaseError> {
        let found = self.projects.find_by_id(id).await?;
        found.map(|project| project.name).ok_or(ReleaseError::NoSuch { what: "project" })
    }

    /// Asks for a right.
    async fn check(
        &self,
        caller: &Caller,
        permission: Permission,
        scope: &Scope,
    ) -> Result<(), ReleaseError> {
        Ok(self.authority.check(caller, permission, scope).await?)
    }

    /// Asks for a right as a change sees it: what stays must not come of a right that is gone.
    async fn check_in(
        &self,
        tx: &Tx,
        caller: &Caller,
        permission: Permission,
        scope: &Scope,
    ) -> Result<(), ReleaseError> {
        self.identity.check_in(tx, caller, permission, scope).await??;
        Ok(())
    }

    /// A revision of a project's lifecycle, read.
    fn read_lifecycle(
        &self,
        owner: &LifecycleOwner,
        revision: i64,
        effective: &str,
    ) -> Result<Arc<Lifecycle>, ReleaseError> {
        let read = || Ok(Arc::new(super::model::read_lifecycle(effective.as_bytes())?));
        match owner.project() {
            Some(project) => self.memory.lifecycles.get_or_insert_with(&(project, revision), read),
            None => read(),
        }
    }
}

/// Where a right in an environment is asked for, as far as it is about a whole project.
fn place(environment: &EnvironmentName, project: &ProjectName) -> Scope {
    Scope::Environment(environment.clone(), project.clone().into())
}

/// A cursor that is an id.
fn cursor<T: std::str::FromStr>(page: &PageRequest) -> Result<Option<T>, ReleaseError> {
    page.after.as_deref().map(str::parse).transpose().map_err(|_| ReleaseError::BadCursor)
}
