//! Doing again what events of projects tell of, when a database is rebuilt from the storage.

use super::model::Settings;
use super::store;
use crate::db::Tx;
use crate::ledger::{FactSettings, RecordedEvent, ReplayError};
use crate::types::{ProjectName, TagPattern};

/// A project was created.
///
/// # Errors
/// `Contradiction` when its name is taken, or `Db`.
pub async fn created(
    tx: &Tx,
    past: &RecordedEvent,
    name: &str,
    settings: &FactSettings,
) -> Result<(), ReplayError> {
    let (id, name): (_, ProjectName) = (past.in_project()?, past.value("project name", name)?);
    let inserted = store::insert(&**tx, id, &name, past.at, past.id).await?;
    past.demand(inserted, "there is a project of this name already")?;
    let parsed = settings_of(past, settings)?;
    Ok(store::open_revision(&**tx, id, settings.revision, &parsed, past.at, past.id).await?)
}

/// A project's settings were succeeded.
///
/// # Errors
/// `Contradiction` when the revision before it does not hold, or `Db`.
pub async fn updated(tx: &Tx, past: &RecordedEvent, settings: &FactSettings) -> Result<(), ReplayError> {
    let (id, before) = (past.in_project()?, settings.revision - 1);
    let closed = store::close_revision(&**tx, id, before, past.at, past.id).await?;
    past.demand(closed, "the revision before it does not hold")?;
    let parsed = settings_of(past, settings)?;
    Ok(store::open_revision(&**tx, id, settings.revision, &parsed, past.at, past.id).await?)
}

fn settings_of(past: &RecordedEvent, fact: &FactSettings) -> Result<Settings, ReplayError> {
    let patterns = |texts: &[String]| texts.iter().cloned().map(TagPattern::stored).collect();
    Ok(Settings {
        visibility: past.value("visibility", &fact.visibility)?,
        tags: past.value("rule for tags", &fact.tags)?,
        sparse: past.value("rule for sparse manifests", &fact.sparse)?,
        mutable_patterns: patterns(&fact.mutable_patterns),
        required_patterns: patterns(&fact.required_patterns),
    })
}
