//! Creating, finding and changing environments.

use super::Releases;
use crate::access::{Caller, Permission, Scope};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{Environment, EnvironmentSettings};
use crate::releases::store;
use crate::types::{EnvironmentId, EnvironmentName};

impl Releases {
    /// An environment, by its name.
    ///
    /// # Errors
    /// `NoSuchEnvironment`, or `Db`.
    pub async fn environment(&self, name: &EnvironmentName) -> Result<Environment, ReleaseError> {
        let found = store::environments::find(self.db.read(), name).await?;
        found.ok_or_else(|| ReleaseError::NoSuchEnvironment(name.clone()))
    }

    /// A page of all environments, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_environments(&self, page: &PageRequest) -> Result<Page<Environment>, ReleaseError> {
        let rows = store::environments::list(self.db.read(), page.after.as_deref(), page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |environment| environment.name.to_string()))
    }

    /// Creates an environment.
    ///
    /// # Errors
    /// `Access`, `Field`, `EnvironmentExists`, or `Db`.
    pub async fn create_environment(
        &self,
        caller: &Caller,
        name: &EnvironmentName,
        settings: EnvironmentSettings,
    ) -> Result<Environment, ReleaseError> {
        settings.check()?;
        let since = self.clock.now();
        let environment =
            Environment { id: EnvironmentId::new(), revision: 1, name: name.clone(), settings, since };
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &Scope::Organisation).await?;
                let fact = ReleaseFact::EnvironmentCreated(environment.fact());
                let event = Event::new(&caller, environment.since, None, fact);
                if !store::environments::open(&**tx, &environment, event.id()).await? {
                    return Err(ReleaseError::EnvironmentExists(environment.name.clone()));
                }
                Epoch::Organisation.pass(tx).await?;
                tx.record(&[event]).await?;
                Ok(environment.clone())
            })
            .await
    }

    /// Changes an environment whose `revision` holds; an edit that changes nothing makes no revision.
    ///
    /// # Errors
    /// `Access`, `Field`, `NoSuchEnvironment`, `Stale`, or `Db`.
    pub async fn update_environment(
        &self,
        caller: &Caller,
        name: &EnvironmentName,
        revision: i64,
        change: impl Fn(&EnvironmentSettings) -> EnvironmentSettings + Send + Sync + 'static,
    ) -> Result<Environment, ReleaseError> {
        let (this, caller, name, now) = (self.clone(), caller.clone(), name.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &Scope::Organisation).await?;
                let held = store::environments::find(&**tx, &name).await?;
                let held = held.ok_or_else(|| ReleaseError::NoSuchEnvironment(name.clone()))?;
                let stale = ReleaseError::Stale { current: held.revision };
                if held.revision != revision {
                    return Err(stale);
                }
                let settings = change(&held.settings);
                settings.check()?;
                if settings == held.settings {
                    return Ok(held);
                }
                let next = Environment { revision: revision + 1, settings, since: now, ..held };
                let event = Event::new(&caller, now, None, ReleaseFact::EnvironmentUpdated(next.fact()));
                if !store::environments::close(&**tx, next.id, revision, now, event.id()).await? {
                    return Err(stale);
                }
                if !store::environments::open(&**tx, &next, event.id()).await? {
                    return Err(DbError::corrupt("environment.name: taken by another", &next.name).into());
                }
                Epoch::Organisation.pass(tx).await?;
                tx.record(&[event]).await?;
                Ok(next)
            })
            .await
    }
}
