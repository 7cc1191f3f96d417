//! Stopping single artifacts, wherever they are admitted.

use super::Releases;
use crate::access::{Caller, Permission, Scope};
use crate::db::{Db, DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, FactNamed, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::registry::Registry;
use crate::releases::error::ReleaseError;
use crate::releases::model::{LONGEST_REASON, Quarantine, check_text};
use crate::releases::store;
use crate::types::{Algorithm, Digest, ProjectId, ProjectName, QuarantineId, RepositoryId};

/// Of some artifacts, those that are in quarantine in a project or contain something that is, at any depth, with why.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn quarantined_among(
    db: &Db,
    project: ProjectId,
    artifacts: &[(RepositoryId, Digest)],
) -> Result<Vec<(Digest, String)>, DbError> {
    let quarantined = store::standing::quarantined(db.read(), project).await?;
    if quarantined.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Digest> = quarantined.iter().map(|(digest, _)| digest.clone()).collect();
    let mut among = Vec::new();
    for (repository, digest) in artifacts {
        let found = Registry::found_in(db, *repository, digest, &wanted).await?;
        let first = quarantined.iter().find(|(quarantined, _)| found.contains(quarantined));
        among.extend(first.map(|(part, reason)| {
            let why = if part == digest { reason.clone() } else { format!("{part}, a part of it: {reason}") };
            (digest.clone(), why)
        }));
    }
    Ok(among)
}

impl Releases {
    /// Stops an artifact in a project, whether or not it is there yet: no environment shows it any more, no gate lets it pass.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `Field`, `NotSha256`, `Quarantined`, or `Db`.
    pub async fn set_quarantine(
        &self,
        caller: &Caller,
        project: &ProjectName,
        digest: &Digest,
        reason: &str,
    ) -> Result<Quarantine, ReleaseError> {
        let scope = Scope::Project(project.clone());
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        check_text("reason", reason, LONGEST_REASON)?;
        if digest.algorithm() != Algorithm::Sha256 {
            return Err(ReleaseError::NotSha256);
        }
        let quarantine = Quarantine {
            id: QuarantineId::new(),
            project: self.project(project).await?.id,
            digest: digest.clone(),
            reason: reason.to_owned(),
            set_by: caller.account,
            since: self.clock.now(),
        };
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let fact = ReleaseFact::QuarantineSet(quarantine.fact());
                let event = Event::new(&caller, quarantine.since, Some(quarantine.project), fact);
                if !store::quarantines::open(&**tx, &quarantine, event.id()).await? {
                    return Err(ReleaseError::Quarantined(quarantine.digest.clone()));
                }
                Epoch::Project(quarantine.project).pass(tx).await?;
                tx.record(&[event]).await?;
                Ok(quarantine.clone())
            })
            .await
    }

    /// Lifts a quarantine.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, or `Db`.
    pub async fn lift_quarantine(&self, caller: &Caller, id: QuarantineId) -> Result<(), ReleaseError> {
        let unknown = || ReleaseError::NoSuch { what: "quarantine" };
        let held = store::quarantines::find(self.db.read(), id).await?.ok_or_else(unknown)?;
        let scope = Scope::Project(self.project_name(held.project).await?);
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let now = this.clock.now();
                let fact = ReleaseFact::QuarantineLifted(FactNamed { id: id.to_string() });
                let event = Event::new(&caller, now, Some(held.project), fact);
                if !store::quarantines::close(&**tx, id, now, event.id()).await? {
                    return Err(unknown());
                }
                Epoch::Project(held.project).pass(tx).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await
    }

    /// A page of the quarantines that hold in a project, oldest first.
    ///
    /// # Errors
    /// `NoSuchProject`, `BadCursor`, or `Db`.
    pub async fn list_quarantines(
        &self,
        project: &ProjectName,
        page: &PageRequest,
    ) -> Result<Page<Quarantine>, ReleaseError> {
        let id = self.project(project).await?.id;
        let rows = store::quarantines::list(self.db.read(), id, super::cursor(page)?, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |quarantine| quarantine.id.to_string()))
    }
}
