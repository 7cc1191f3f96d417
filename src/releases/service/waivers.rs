//! Asking for, approving and withdrawing waivers.

use super::Releases;
use crate::access::{AccessError, Caller, Permission, Scope};
use crate::db::Tx;
use crate::http::{Page, PageRequest};
use crate::ledger::{Event, FactNamed, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{GateKind, LONGEST_REASON, LifecycleOwner, ReleaseRef, Waiver, check_text};
use crate::releases::store;
use crate::types::{EnvironmentSelector, ProjectName, Timestamp, WaiverId};

/// Longest that a waiver may hold, in days: what is needed longer is a rule.
const LONGEST_DAYS: u64 = 365;
/// Most vulnerabilities of one waiver, and most characters of the name of one, or of a gate.
const MOST_VULNERABILITIES: usize = 100;
const LONGEST_NAME: usize = 100;

/// A waiver that somebody asks for.
#[derive(Debug, Clone)]
pub struct NewWaiver {
    /// The gate's id.
    pub gate: String,
    /// In some environments; none for all.
    pub environment: Option<EnvironmentSelector>,
    /// Of one release; none for all.
    pub release: Option<ReleaseRef>,
    /// The vulnerabilities that it is about; none for the whole gate.
    pub vulnerabilities: Vec<String>,
    /// Why.
    pub reason: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

impl Releases {
    /// Asks for a waiver. It holds once somebody else approves it.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `NoSuchRelease`, `NoLifecycle`, `Field`, `Time`, `Question` for a gate that can't be waived, or
    /// `Db`.
    pub async fn ask_waiver(
        &self,
        caller: &Caller,
        project: &ProjectName,
        new: NewWaiver,
    ) -> Result<Waiver, ReleaseError> {
        let scope = Scope::Project(project.clone());
        // Who makes releases knows what they fall short of.
        self.check(caller, Permission::ReleaseCreate, &scope).await?;
        check_text("reason", &new.reason, LONGEST_REASON)?;
        check_text("gate", &new.gate, LONGEST_NAME)?;
        for vulnerability in &new.vulnerabilities {
            check_text("a vulnerability", vulnerability, LONGEST_NAME)?;
        }
        if new.vulnerabilities.len() > MOST_VULNERABILITIES {
            return Err(ReleaseError::Question("a waiver names at most 100 vulnerabilities".to_owned()));
        }
        let asked_at = self.clock.now();
        let longest = asked_at.after(std::time::Duration::from_secs(LONGEST_DAYS * 24 * 3600));
        if new.ends_at <= asked_at || new.ends_at > longest {
            return Err(ReleaseError::Time("ends_at must lie in the future, at most a year ahead"));
        }
        self.demand_waivable(project, &new).await?;
        let release = match &new.release {
            Some(named) => Some(self.release(project, named).await?.id),
            None => None,
        };
        let waiver = Waiver {
            id: WaiverId::new(),
            project: self.project(project).await?.id,
            gate: new.gate,
            environment: new.environment,
            release,
            vulnerabilities: new.vulnerabilities,
            reason: new.reason,
            ends_at: new.ends_at,
            asked_by: caller.account,
            asked_at,
            approved: None,
        };
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::ReleaseCreate, &scope).await?;
                let fact = ReleaseFact::WaiverAsked(waiver.fact());
                let event = Event::new(&caller, waiver.asked_at, Some(waiver.project), fact);
                store::waivers::open(&**tx, &waiver, event.id()).await?;
                tx.record(&[event]).await?;
                Ok(waiver.clone())
            })
            .await
    }

    /// Refuses a waiver that would do nothing: of a gate that the lifecycle does not have, or that no waiver can take back.
    async fn demand_waivable(&self, project: &ProjectName, new: &NewWaiver) -> Result<(), ReleaseError> {
        let owner = LifecycleOwner::Project(self.project(project).await?.id);
        let kept = self.revision_of(&owner, None).await?;
        let lifecycle = self.read_lifecycle(&owner, kept.revision, &kept.effective)?;
        let kinds: Vec<GateKind> = lifecycle.gates_called(&new.gate).map(|gate| gate.rule.kind()).collect();
        let gate = &new.gate;
        let why = if kinds.is_empty() {
            format!("the lifecycle that holds has no gate '{gate}': name one by its id")
        } else if !kinds.iter().any(|kind| kind.is_waivable()) {
            format!("gate '{gate}' can't be waived: only those about evidence and tickets can")
        } else if !new.vulnerabilities.is_empty() && !kinds.contains(&GateKind::Vulnerabilities) {
            format!("gate '{gate}' is about no vulnerabilities: leave them out to waive all of it")
        } else {
            return Ok(());
        };
        Err(ReleaseError::Question(why))
    }

    /// Approves a waiver that somebody else asked for. Approved again, it changes nothing.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, `Separation`, `Time` when it has ended, or `Db`.
    pub async fn approve_waiver(&self, caller: &Caller, id: WaiverId) -> Result<Waiver, ReleaseError> {
        let (waiver, scope) = self.waiver(id).await?;
        self.check(caller, Permission::PolicyAdminister, &scope).await?;
        let account = caller.account.ok_or(AccessError::Unauthenticated)?;
        if waiver.asked_by == Some(account) {
            return Err(ReleaseError::Separation(
                "who asked for a waiver can't approve it: somebody else has to",
            ));
        }
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &scope).await?;
                let now = this.clock.now();
                if waiver.ends_at <= now {
                    return Err(ReleaseError::Time("the waiver has ended: ask for another"));
                }
                let fact = ReleaseFact::WaiverApproved(FactNamed { id: id.to_string() });
                let event = Event::new(&caller, now, Some(waiver.project), fact);
                if store::waivers::approve(&**tx, id, account, now).await? {
                    Epoch::Project(waiver.project).pass(tx).await?;
                    tx.record(&[event]).await?;
                }
                let kept = store::waivers::find(&**tx, id).await?;
                kept.ok_or(ReleaseError::NoSuch { what: "waiver" })
            })
            .await
    }

    /// Withdraws a waiver: by whoever asked for it, or rules such.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, or `Db`.
    pub async fn withdraw_waiver(&self, caller: &Caller, id: WaiverId) -> Result<(), ReleaseError> {
        let (waiver, scope) = self.waiver(id).await?;
        let is_own = caller.account.is_some() && waiver.asked_by == caller.account;
        let permission = if is_own { Permission::ProjectRead } else { Permission::PolicyAdminister };
        self.check(caller, permission, &scope).await?;
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, permission, &scope).await?;
                let now = this.clock.now();
                let fact = ReleaseFact::WaiverWithdrawn(FactNamed { id: id.to_string() });
                let event = Event::new(&caller, now, Some(waiver.project), fact);
                if !store::waivers::close(&**tx, id, now, event.id()).await? {
                    return Err(ReleaseError::NoSuch { what: "waiver" });
                }
                Epoch::Project(waiver.project).pass(tx).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await
    }

    /// A page of a project's waivers that were not withdrawn, oldest first.
    ///
    /// # Errors
    /// `NoSuchProject`, `BadCursor`, or `Db`.
    pub async fn list_waivers(
        &self,
        project: &ProjectName,
        page: &PageRequest,
    ) -> Result<Page<Waiver>, ReleaseError> {
        let id = self.project(project).await?.id;
        let rows = store::waivers::list(self.db.read(), id, super::cursor(page)?, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |waiver| waiver.id.to_string()))
    }

    async fn waiver(&self, id: WaiverId) -> Result<(Waiver, Scope), ReleaseError> {
        let found = store::waivers::find(self.db.read(), id).await?;
        let waiver = found.ok_or(ReleaseError::NoSuch { what: "waiver" })?;
        let project = self.project_name(waiver.project).await?;
        Ok((waiver, Scope::Project(project)))
    }
}
