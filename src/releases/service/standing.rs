//! How things stand in environments: for the registry, which shows what is admitted and keeps what releases consist of, and
//! for all that decides over promotions.

use std::sync::Arc;

use async_trait::async_trait;

use super::quarantines::quarantined_among;
use crate::db::{Cache, Db, DbError, Topic, Tx};
use crate::projects::Projects;
use crate::registry::{EnvironmentView, Protector, RegistryError, Shown};
use crate::releases::model::{Reliance, Standing, StandingEnvironment};
use crate::releases::store::reliance::{self, Named, Place};
use crate::releases::store::standing;
use crate::types::{
    Algorithm, Clock, Digest, EnvironmentId, EnvironmentName, ProjectId, ProjectName, Reference, ReleaseId,
    RepoName, RepositoryId,
};

/// Environments that are remembered, and how things stand for projects in them.
const ENVIRONMENTS: usize = 1000;
const STANDINGS: usize = 10_000;
/// Releases that are named to who wants to delete a part of them.
const NAMED: usize = 3;

type ByProject = Cache<(EnvironmentId, ProjectId), Arc<Standing>>;

/// Knows how things stand. Cheap to clone; clones share what is remembered.
#[derive(Clone)]
pub struct Standings {
    db: Db,
    clock: Arc<dyn Clock>,
    projects: Projects,
    memory: Arc<Memory>,
}

struct Memory {
    environments: Cache<EnvironmentName, Arc<StandingEnvironment>>,
    /// By the 2-second rule.
    recalled: ByProject,
    /// Never behind.
    fresh: ByProject,
}

impl Standings {
    /// Over a database.
    pub fn new(db: Db, clock: Arc<dyn Clock>, projects: Projects) -> Self {
        let memory = Memory {
            environments: Cache::new(&db, "environments", ENVIRONMENTS),
            recalled: Cache::new(&db, "standings", STANDINGS),
            fresh: Cache::asking(&db, "fresh_standings", STANDINGS),
        };
        Self { db, clock, projects, memory: Arc::new(memory) }
    }

    /// How things stand for a project in an environment, by the 2-second rule; nothing, if there is no such environment. What
    /// depends on time is left to be asked of it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        &self,
        environment: &EnvironmentName,
        project: &ProjectName,
    ) -> Result<Option<Arc<Standing>>, DbError> {
        self.look_up(&self.memory.recalled, environment, project).await
    }

    /// As [`Standings::of`], but never behind in what is admitted, drains and is quarantined.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn fresh(
        &self,
        environment: &EnvironmentName,
        project: &ProjectName,
    ) -> Result<Option<Arc<Standing>>, DbError> {
        self.look_up(&self.memory.fresh, environment, project).await
    }

    async fn look_up(
        &self,
        known: &ByProject,
        environment: &EnvironmentName,
        project: &ProjectName,
    ) -> Result<Option<Arc<Standing>>, DbError> {
        let Some(place) = self.environment(environment).await? else { return Ok(None) };
        let Some(project) = self.projects.recall(project).await? else {
            return Ok(Some(Arc::new(Standing::new((*place).clone(), Vec::new(), Vec::new()))));
        };
        let read = async || self.read(&place, project.id).await.map(Some);
        known.find(Topic::Gates(project.id), (place.id, project.id), read).await
    }

    async fn environment(&self, name: &EnvironmentName) -> Result<Option<Arc<StandingEnvironment>>, DbError> {
        let read =
            async || Ok::<_, DbError>(standing::environment(self.db.read(), name).await?.map(Arc::new));
        self.memory.environments.find(Topic::OrganisationGates, name.clone(), read).await
    }

    async fn read(&self, place: &StandingEnvironment, project: ProjectId) -> Result<Arc<Standing>, DbError> {
        let held = standing::held(self.db.read(), project, place.id, self.clock.now()).await?;
        // Last: what was quarantined meanwhile counts.
        let quarantined = standing::quarantined(self.db.read(), project).await?;
        let artifacts = held.iter().flat_map(|held| &held.artifacts);
        let artifacts: Vec<_> =
            artifacts.map(|artifact| (artifact.repository_id, artifact.digest.clone())).collect();
        let containing = quarantined_among(&self.db, project, &artifacts).await?;
        let mut standing = Standing::new(place.clone(), held, quarantined);
        // Of an index the registry withholds what is quarantined and shows the rest; nothing of it is to be run.
        standing.quarantined.extend(containing);
        Ok(Arc::new(standing))
    }
}

#[async_trait]
impl EnvironmentView for Standings {
    async fn shown(
        &self,
        environment: &EnvironmentName,
        repository: &RepoName,
    ) -> Result<Shown, RegistryError> {
        let standing = self.fresh(environment, &repository.project()).await?;
        Ok(standing.map_or_else(Shown::default, |standing| standing.shown(repository, self.clock.now())))
    }

    async fn ended(
        &self,
        environment: &EnvironmentName,
        repository: &RepoName,
        reference: &Reference,
    ) -> Result<Option<String>, RegistryError> {
        let Some(place) = self.environment(environment).await? else { return Ok(None) };
        let Some(project) = self.projects.recall(&repository.project()).await? else { return Ok(None) };
        let named = match reference {
            Reference::Digest(digest) if digest.algorithm() == Algorithm::Sha256 => Named::Digest(digest),
            Reference::Digest(_) => return Ok(None),
            Reference::Tag(tag) => Named::Version(tag),
        };
        let ended = reliance::last_ended(self.db.read(), project.id, place.id, repository, named).await?;
        Ok(ended.map(|(line, version, over)| {
            let over = over.to_rfc3339();
            format!("{line} {version} was admitted there and drained until {over}: promote it once more to pull it")
        }))
    }
}

/// Some releases by name, with where they are; nothing, if there are none.
async fn named(tx: &Tx, place: Place, releases: Vec<ReleaseId>) -> Result<Option<String>, DbError> {
    let some = &releases[..releases.len().min(NAMED)];
    let names: Vec<_> = reliance::places(&**tx, place, some).await?.iter().map(Reliance::to_string).collect();
    let mut names = names.join("; ");
    match releases.len() {
        0 => return Ok(None),
        1 => return Ok(Some(format!("the release {names}"))),
        all if all > NAMED => names = format!("{names}; and {} more", all - NAMED),
        _ => {}
    }
    Ok(Some(format!("the releases {names}")))
}

#[async_trait]
impl Protector for Standings {
    /// What a release consists of stays, whether or not it is admitted anywhere: it may be promoted, or rolled back to. What
    /// is below an index is kept by that. What vouches for a release stays while that is admitted, drains or is on its way.
    async fn protector(
        &self,
        tx: &Tx,
        project: ProjectId,
        repository: RepositoryId,
        manifest: &Digest,
        speaks_of: &[Digest],
    ) -> Result<Option<String>, DbError> {
        let place = Place { project, repository, now: self.clock.now() };
        let members = reliance::consisting_of(&**tx, place, manifest).await?;
        if let Some(relying) = named(tx, place, members).await? {
            return Ok(Some(format!("it belongs to {relying}")));
        }
        let vouched_for = reliance::held_with(&**tx, place, speaks_of).await?;
        let relying = named(tx, place, vouched_for).await?;
        Ok(relying.map(|relying| format!("it speaks of a part of {relying}")))
    }
}
