//! Environments, lifecycles and releases, done again.

use bytes::Bytes;

use crate::db::Tx;
use crate::ledger::{
    FactActiveLifecycle, FactArtifact, FactEnvironment, FactLifecycle, FactRelease, RecordedEvent,
    ReplayError,
};
use crate::registry::Registry;
use crate::releases::model::{
    Environment, EnvironmentSettings, LifecycleOwner, LifecycleRevision, Release, ReleaseArtifact,
};
use crate::releases::store;
use crate::types::RepoName;

/// An environment was created.
pub async fn environment_created(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &FactEnvironment,
) -> Result<(), ReplayError> {
    let opened = store::environments::open(&**tx, &environment(past, fact)?, past.id).await?;
    past.demand(opened, "there is an environment of this name already")
}

/// It was succeeded by another revision.
pub async fn environment_updated(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &FactEnvironment,
) -> Result<(), ReplayError> {
    let next = environment(past, fact)?;
    let closed = store::environments::close(&**tx, next.id, next.revision - 1, past.at, past.id).await?;
    past.demand(closed, "the revision before it does not hold")?;
    let opened = store::environments::open(&**tx, &next, past.id).await?;
    past.demand(opened, "another environment has its name")
}

fn environment(past: &RecordedEvent, fact: &FactEnvironment) -> Result<Environment, ReplayError> {
    Ok(Environment {
        id: past.value("environment", &fact.environment)?,
        revision: fact.revision,
        name: past.value("name of an environment", &fact.name)?,
        settings: EnvironmentSettings {
            tier: past.value("tier", &fact.tier)?,
            sensitivity: past.value("sensitivity", &fact.sensitivity)?,
            labels: fact.labels.clone(),
            drain_seconds: fact.drain_seconds,
        },
        since: past.at,
    })
}

/// A revision of a lifecycle was kept. `bytes` is the object that the storage keeps of it.
pub async fn lifecycle_set(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &FactLifecycle,
    bytes: &Bytes,
) -> Result<(), ReplayError> {
    let parts = LifecycleRevision::parts(bytes);
    let (document, effective) = parts.map_err(|error| past.contradiction(error.to_string()))?;
    let digest = LifecycleRevision::digest(&document, &effective);
    let digest = digest.map_err(|error| past.contradiction(error.to_string()))?;
    past.demand(digest.as_str() == fact.digest, "the bytes of the lifecycle in the storage are damaged")?;
    let owner: LifecycleOwner = past.value("owner of a lifecycle", &fact.scope)?;
    let revision = LifecycleRevision {
        owner,
        revision: fact.revision,
        document,
        effective,
        set_at: past.at,
        is_active: false,
    };
    Ok(store::lifecycles::insert(&**tx, &revision, past.id).await?)
}

/// A revision holds.
pub async fn lifecycle_activated(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &FactActiveLifecycle,
) -> Result<(), ReplayError> {
    let owner: LifecycleOwner = past.value("owner of a lifecycle", &fact.scope)?;
    let kept = store::lifecycles::find(&**tx, &owner, fact.revision).await?;
    past.demand(kept.is_some(), "there is no such revision")?;
    Ok(store::lifecycles::activate(&**tx, &owner, fact.revision, past.at, past.id).await?)
}

/// A release was made.
pub async fn release_created(tx: &Tx, past: &RecordedEvent, fact: &FactRelease) -> Result<(), ReplayError> {
    let mut artifacts = Vec::with_capacity(fact.artifacts.len());
    for told in &fact.artifacts {
        artifacts.push(artifact(tx, past, told).await?);
    }
    let release = Release {
        id: past.value("release", &fact.release)?,
        project: past.in_project()?,
        name: past.value("name of a release", &fact.name)?,
        version: past.value("version", &fact.version)?,
        content: past.value("digest", &fact.content)?,
        artifacts,
        labels: fact.labels.clone(),
        created_by: past.actor,
        created_at: past.at,
    };
    let inserted = store::releases::insert(&**tx, &release, past.id).await?;
    past.demand(inserted, "there is a release of this name and version already")?;
    for artifact in &release.artifacts {
        let (id, line) = (artifact.repository_id, &release.name);
        let held = store::releases::join_line(&**tx, release.project, id, line, past.id).await?;
        past.demand(held == release.name, "a repository of it belongs to another line")?;
    }
    Ok(())
}

async fn artifact(
    tx: &Tx,
    past: &RecordedEvent,
    told: &FactArtifact,
) -> Result<ReleaseArtifact, ReplayError> {
    let repository: RepoName = past.value("repository", &told.repository)?;
    let found = Registry::repository_in(tx, &repository).await?;
    let pushed_by = told.pushed_by.as_deref();
    Ok(ReleaseArtifact {
        repository_id: found.ok_or_else(|| past.contradiction("there is no such repository"))?,
        digest: past.value("digest", &told.digest)?,
        role: told.role.clone(),
        kind: past.value("kind of an artifact", &told.kind)?,
        pushed_by: pushed_by.map(|account| past.value("account", account)).transpose()?,
        repository,
    })
}
