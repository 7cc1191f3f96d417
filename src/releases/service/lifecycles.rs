//! Setting, activating and showing the lifecycles of projects.

use bytes::Bytes;

use super::Releases;
use crate::access::{Caller, Permission, Scope};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, FactActiveLifecycle, FactLifecycle, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    Document, Lifecycle, LifecycleOwner, LifecycleRevision, apply_template, lifecycle_object, lifecycle_of,
    read_document,
};
use crate::releases::store;
use crate::types::{Digest, EnvironmentName, ProjectName, Timestamp};

/// A revision that is to be kept, made ready.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub owner: LifecycleOwner,
    pub document: String,
    pub effective: String,
    pub digest: Digest,
    pub size: usize,
    /// The template that it builds on, and which revision of it.
    pub built_on: Option<(LifecycleOwner, i64)>,
}

impl Releases {
    /// The lifecycle of a project that holds, or one revision of it.
    ///
    /// # Errors
    /// `NoSuchProject`, `NoLifecycle`, `NoSuchRevision`, or `Db`.
    pub async fn lifecycle(
        &self,
        project: &ProjectName,
        revision: Option<i64>,
    ) -> Result<LifecycleRevision, ReleaseError> {
        let owner = LifecycleOwner::Project(self.project(project).await?.id);
        self.revision_of(&owner, revision).await
    }

    pub(super) async fn revision_of(
        &self,
        owner: &LifecycleOwner,
        revision: Option<i64>,
    ) -> Result<LifecycleRevision, ReleaseError> {
        match revision {
            None => store::lifecycles::active(self.db.read(), owner).await?.ok_or(ReleaseError::NoLifecycle),
            Some(revision) => {
                let found = store::lifecycles::find(self.db.read(), owner, revision).await?;
                found.ok_or(ReleaseError::NoSuchRevision(revision))
            }
        }
    }

    /// A page of the revisions of a project's lifecycle, newest first.
    ///
    /// # Errors
    /// `NoSuchProject`, `BadCursor`, or `Db`.
    pub async fn lifecycle_revisions(
        &self,
        project: &ProjectName,
        page: &PageRequest,
    ) -> Result<Page<LifecycleRevision>, ReleaseError> {
        let owner = LifecycleOwner::Project(self.project(project).await?.id);
        let rows =
            store::lifecycles::list(self.db.read(), &owner, super::cursor(page)?, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |row| row.revision.to_string()))
    }

    /// Keeps a revision of a project's lifecycle, and lets it hold unless it is to wait. `expected` is the revision that
    /// holds; none for the first. The same that holds again makes no revision.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `Lifecycle`, `UnknownEnvironment`, `RevisionUnsaid`, `Stale`, `Storage`, or `Db`.
    pub async fn set_lifecycle(
        &self,
        caller: &Caller,
        project: &ProjectName,
        expected: Option<i64>,
        document: Bytes,
        activate: bool,
    ) -> Result<LifecycleRevision, ReleaseError> {
        let scope = Scope::Project(project.clone());
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        let owner = LifecycleOwner::Project(self.project(project).await?.id);
        let prepared = self.prepare(owner, &document).await?;
        self.keep_object(&prepared).await?;
        let (this, caller, now) = (self.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let active = store::lifecycles::active(&**tx, &prepared.owner).await?;
                demand(expected, active.as_ref().map(|active| active.revision))?;
                demand_template(tx, &prepared).await?;
                if let Some(active) = active.filter(|active| {
                    active.document == prepared.document && active.effective == prepared.effective
                }) {
                    return Ok(active);
                }
                let mut events = Vec::new();
                let kept = keep(tx, &caller, &prepared, now, activate, &mut events).await?;
                tx.record(&events).await?;
                Ok(kept)
            })
            .await
    }

    /// Lets a revision hold that was kept before. `expected` is the revision that holds; none where none does. What held once
    /// holds again as a new revision of the same document, so that nothing which was said under the old one counts anew.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `NoSuchRevision`, `Lifecycle` when it does not fit its template any more, `RevisionUnsaid`,
    /// `Stale`, or `Db`.
    pub async fn activate_lifecycle(
        &self,
        caller: &Caller,
        project: &ProjectName,
        expected: Option<i64>,
        revision: i64,
    ) -> Result<LifecycleRevision, ReleaseError> {
        let scope = Scope::Project(project.clone());
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        let owner = LifecycleOwner::Project(self.project(project).await?.id);
        let kept = self.revision_of(&owner, Some(revision)).await?;
        // Its template may ask for more by now: what would not be taken today does not hold today.
        let prepared = self.prepare(owner, kept.document.as_bytes()).await?;
        self.keep_object(&prepared).await?;
        let (this, caller, now) = (self.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let active = store::lifecycles::active_revision(&**tx, &prepared.owner).await?;
                demand(expected, active)?;
                demand_template(tx, &prepared).await?;
                let mut events = Vec::new();
                if active == Some(revision) && prepared.effective == kept.effective {
                    return Ok(LifecycleRevision { is_active: true, ..kept.clone() });
                }
                let held_before = store::lifecycles::was_active(&**tx, &prepared.owner, revision).await?;
                let active = if prepared.effective == kept.effective && !held_before {
                    let activated = activated(tx, &caller, &prepared.owner, revision, now).await?;
                    events.push(activated);
                    LifecycleRevision { is_active: true, ..kept.clone() }
                } else {
                    keep(tx, &caller, &prepared, now, true, &mut events).await?
                };
                tx.record(&events).await?;
                Ok(active)
            })
            .await
    }

    /// Reads a document, with what its template gives, and sees to it that what it names is there.
    pub(super) async fn prepare(
        &self,
        owner: LifecycleOwner,
        document: &[u8],
    ) -> Result<Prepared, ReleaseError> {
        let (effective, lifecycle, built_on) = match read_document(document)? {
            Document::Whole(lifecycle) => (text_of(document)?, lifecycle, None),
            Document::OfTemplate { template, overlay } => {
                let name = template.parse().map_err(|_| ReleaseError::NoSuchTemplate(template))?;
                let (template, revision) = self.template(&name).await?;
                let effective = apply_template(&template, &overlay)?;
                let lifecycle = lifecycle_of(&effective)?;
                (effective.to_string(), lifecycle, Some((LifecycleOwner::Template(name), revision)))
            }
        };
        self.demand_environments(&lifecycle).await?;
        Ok(Prepared { built_on, ..prepared(owner, document, effective)? })
    }

    /// Refuses a lifecycle that names an environment which is not there.
    pub(super) async fn demand_environments(&self, lifecycle: &Lifecycle) -> Result<(), ReleaseError> {
        let names: Vec<_> = lifecycle.environments().cloned().collect();
        let found = store::environments::of_names(self.db.read(), &names).await?;
        let is_there = |name: &EnvironmentName| found.iter().any(|environment| environment.name == *name);
        match names.iter().find(|name| !is_there(name)) {
            Some(missing) => Err(ReleaseError::UnknownEnvironment(missing.clone())),
            None => Ok(()),
        }
    }

    /// Bytes first, row second: a restore finds them by the digest in the event.
    pub(super) async fn keep_object(&self, prepared: &Prepared) -> Result<(), ReleaseError> {
        let whole = LifecycleRevision::whole(&prepared.document, &prepared.effective);
        let whole = whole.map_err(|error| DbError::corrupt("lifecycle.document", error))?;
        Ok(self.storage.put(&lifecycle_object(&prepared.digest), whole.into()).await?)
    }
}

/// A document that was read is text.
fn text_of(document: &[u8]) -> Result<String, ReleaseError> {
    let text = String::from_utf8(document.to_vec());
    Ok(text.map_err(|error| DbError::corrupt("lifecycle.document", error))?)
}

/// Refuses what was built on a template that was succeeded meanwhile: it would miss what that demands.
async fn demand_template(tx: &Tx, prepared: &Prepared) -> Result<(), ReleaseError> {
    let Some((template, revision)) = &prepared.built_on else { return Ok(()) };
    let holds = store::lifecycles::active_revision(&**tx, template).await?;
    if holds == Some(*revision) { Ok(()) } else { Err(ReleaseError::Contended) }
}

/// Makes a revision ready to be kept.
pub(super) fn prepared(
    owner: LifecycleOwner,
    document: &[u8],
    effective: String,
) -> Result<Prepared, ReleaseError> {
    let corrupt = |error: &dyn std::fmt::Display| DbError::corrupt("lifecycle.document", error);
    let document = text_of(document)?;
    let whole = LifecycleRevision::whole(&document, &effective).map_err(|error| corrupt(&error))?;
    let digest = LifecycleRevision::digest(&document, &effective).map_err(|error| corrupt(&error))?;
    Ok(Prepared { owner, document, effective, digest, size: whole.len(), built_on: None })
}

/// Keeps a revision as part of a change, and lets it hold if it is to.
pub(super) async fn keep(
    tx: &Tx,
    caller: &Caller,
    prepared: &Prepared,
    now: Timestamp,
    activate: bool,
    events: &mut Vec<Event>,
) -> Result<LifecycleRevision, DbError> {
    let Prepared { owner, document, effective, digest, size, built_on: _ } = prepared.clone();
    let revision = store::lifecycles::last_revision(&**tx, &owner).await? + 1;
    let fact = FactLifecycle {
        scope: owner.to_string(),
        revision,
        digest: digest.to_string(),
        size: size.to_string(),
    };
    let event = Event::new(caller, now, owner.project(), ReleaseFact::LifecycleSet(fact));
    let kept = LifecycleRevision { owner, revision, document, effective, set_at: now, is_active: activate };
    store::lifecycles::insert(&**tx, &kept, event.id()).await?;
    events.push(event);
    if activate {
        events.push(activated(tx, caller, &kept.owner, revision, now).await?);
    }
    Ok(kept)
}

/// Lets a revision hold, as part of a change.
async fn activated(
    tx: &Tx,
    caller: &Caller,
    owner: &LifecycleOwner,
    revision: i64,
    now: Timestamp,
) -> Result<Event, DbError> {
    let fact = FactActiveLifecycle { scope: owner.to_string(), revision };
    let event = Event::new(caller, now, owner.project(), ReleaseFact::LifecycleActivated(fact));
    store::lifecycles::activate(&**tx, owner, revision, now, event.id()).await?;
    if let Some(project) = owner.project() {
        Epoch::Project(project).pass(tx).await?;
    }
    Ok(event)
}

/// Refuses an edit of another revision than the one that holds; the first edits none.
pub(super) fn demand(expected: Option<i64>, active: Option<i64>) -> Result<(), ReleaseError> {
    match (expected, active) {
        (expected, active) if expected == active => Ok(()),
        (None, Some(current)) => Err(ReleaseError::RevisionUnsaid { current }),
        (Some(_), current) => Err(ReleaseError::Stale { current: current.unwrap_or(0) }),
        (None, None) => Ok(()),
    }
}
