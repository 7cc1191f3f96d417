//! Setting and lifting freezes.

use std::sync::Arc;

use super::Releases;
use crate::access::{Caller, Permission, ReadableProjects, Scope};
use crate::db::{DbError, Topic, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, FactNamed, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{Freeze, LONGEST_LINK, LONGEST_REASON, PromotionKind, Tier, check_text};
use crate::releases::store;
use crate::types::{EnvironmentName, EnvironmentSelector, FreezeId, ProjectId, ProjectName, Timestamp};

/// A freeze that somebody sets.
#[derive(Debug, Clone)]
pub struct NewFreeze {
    /// In one project; none for all.
    pub project: Option<ProjectName>,
    /// In some environments; none for all.
    pub environment: Option<EnvironmentSelector>,
    /// In environments of one tier; none for all.
    pub tier: Option<Tier>,
    /// Why.
    pub reason: String,
    /// Where more is told.
    pub incident: Option<String>,
    /// The kinds of promotions that it lets pass.
    pub allowed_kinds: Vec<PromotionKind>,
    /// Since when it stops; now unless named.
    pub starts_at: Option<Timestamp>,
    /// When it lifts itself.
    pub ends_at: Option<Timestamp>,
}

/// What decides over what a freeze is about.
pub(super) const fn epoch(project: Option<ProjectId>) -> Epoch {
    match project {
        Some(project) => Epoch::Project(project),
        None => Epoch::Organisation,
    }
}

fn scope_of(project: Option<&ProjectName>) -> Scope {
    project.map_or(Scope::Organisation, |project| Scope::Project(project.clone()))
}

impl Releases {
    /// Stops promotions, from now or from a later start on: those that nobody asked for, too.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `Field`, `Time`, or `Db`.
    pub async fn set_freeze(&self, caller: &Caller, new: NewFreeze) -> Result<Freeze, ReleaseError> {
        let scope = scope_of(new.project.as_ref());
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        check_text("reason", &new.reason, LONGEST_REASON)?;
        if let Some(incident) = &new.incident {
            check_text("incident", incident, LONGEST_LINK)?;
        }
        let project = match &new.project {
            Some(name) => Some(self.project(name).await?.id),
            None => None,
        };
        let set_at = self.clock.now();
        let starts_at = new.starts_at.unwrap_or(set_at).max(set_at);
        if new.ends_at.is_some_and(|ends| ends <= starts_at) {
            return Err(ReleaseError::Time("ends_at must lie in the future, and behind starts_at"));
        }
        let freeze = Freeze {
            id: FreezeId::new(),
            project,
            environment: new.environment,
            tier: new.tier,
            reason: new.reason,
            incident: new.incident,
            allowed_kinds: new.allowed_kinds,
            starts_at,
            ends_at: new.ends_at,
            set_by: caller.account,
            set_at,
        };
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let event =
                    Event::new(&caller, freeze.set_at, freeze.project, ReleaseFact::FreezeSet(freeze.fact()));
                store::freezes::open(&**tx, &freeze, event.id()).await?;
                epoch(freeze.project).pass(tx).await?;
                tx.record(&[event]).await?;
                Ok(freeze.clone())
            })
            .await
    }

    /// Lifts a freeze.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, or `Db`.
    pub async fn lift_freeze(&self, caller: &Caller, id: FreezeId) -> Result<(), ReleaseError> {
        let unknown = || ReleaseError::NoSuch { what: "freeze" };
        let freeze = store::freezes::find(self.db.read(), id).await?.ok_or_else(unknown)?;
        let project = match freeze.project {
            Some(id) => Some(self.project_name(id).await?),
            None => None,
        };
        let scope = scope_of(project.as_ref());
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let event = lift(tx, &caller, &freeze, this.clock.now()).await?;
                Ok(tx.record(&[event.ok_or_else(unknown)?]).await?)
            })
            .await
    }

    /// Lifts the freezes whose end has come, at most so many. They stopped nothing any more.
    pub(super) async fn lift_ended_freezes(&self, limit: u64) -> Result<(), ReleaseError> {
        let now = self.clock.now();
        for freeze in store::freezes::ended(self.db.read(), now, limit).await? {
            let lifting = async move |tx: &Tx| {
                let event = lift(tx, &Caller::system(), &freeze, now).await?;
                tx.record(event.as_slice()).await
            };
            self.db.write(lifting).await?;
        }
        Ok(())
    }

    /// A page of the freezes that the caller may see and that were not lifted, oldest first.
    ///
    /// # Errors
    /// `BadCursor`, or `Db`.
    pub async fn list_freezes(
        &self,
        readable: &ReadableProjects,
        page: &PageRequest,
    ) -> Result<Page<(Freeze, Option<ProjectName>)>, ReleaseError> {
        let projects = match readable {
            ReadableProjects::All => None,
            ReadableProjects::Only(projects) => Some(projects.as_slice()),
        };
        let after = super::cursor(page)?;
        let rows = store::freezes::list(self.db.read(), projects, after, page.limit + 1).await?;
        let page = Page::of_rows(rows, page, |freeze| freeze.id.to_string());
        let ids: Vec<ProjectId> = page.items.iter().filter_map(|freeze| freeze.project).collect();
        let names = self.projects.names(&ids).await?;
        Ok(page.map(|freeze| {
            let name = freeze.project.and_then(|project| names.get(&project).cloned());
            (freeze, name)
        }))
    }

    /// The freezes over a project in an environment, those that start later or have ended too; by the 2-second rule.
    pub(super) async fn recalled_freezes(
        &self,
        project: ProjectId,
        environment: &EnvironmentName,
        tier: Tier,
    ) -> Result<Vec<Freeze>, DbError> {
        let of_all = async || Ok::<_, DbError>(Some(store::freezes::over_all(self.db.read()).await?.into()));
        let of_project =
            async || Ok::<_, DbError>(Some(store::freezes::over(self.db.read(), project).await?.into()));
        let all: Option<Arc<[Freeze]>> =
            self.memory.organisation_freezes.find(Topic::OrganisationGates, (), of_all).await?;
        let own: Option<Arc<[Freeze]>> =
            self.memory.freezes.find(Topic::Gates(project), project, of_project).await?;
        let both = all.iter().chain(&own).flat_map(|freezes| freezes.iter());
        Ok(both.filter(|freeze| freeze.covers(environment, tier)).cloned().collect())
    }
}

/// Lifts a freeze as part of a change; says with what event, if it was not lifted yet.
async fn lift(tx: &Tx, caller: &Caller, freeze: &Freeze, now: Timestamp) -> Result<Option<Event>, DbError> {
    let fact = ReleaseFact::FreezeLifted(FactNamed { id: freeze.id.to_string() });
    let event = Event::new(caller, now, freeze.project, fact);
    let lifted = store::freezes::close(&**tx, freeze.id, now, event.id()).await?;
    epoch(freeze.project).pass(tx).await?;
    Ok(lifted.then_some(event))
}
