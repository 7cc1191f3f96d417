//! Accounts of programs. One belongs to the organisation, or to a project whose owners rule it then; that one can have
//! roles in its project only, or its owners would gain what they were not given.

use super::bindings::keep_an_admin;
use super::recheck::Needed;
use super::users::account_in;
use super::{Identity, IdentityError};
use crate::access::{Authority as _, Caller, Permission, Scope};
use crate::db::{DbError, Topic, Tx};
use crate::http::{Page, PageRequest};
use crate::identity::model::{Account, AccountKind, UserName};
use crate::identity::store::accounts;
use crate::ledger::{Event, Fact, Record};
use crate::projects::Projects;
use crate::types::{AccountId, ProjectId, ProjectName};

/// A service account, and the name of the project that owns it.
pub type OwnedAccount = (Account, Option<ProjectName>);

impl Identity {
    /// Creates a service account, which has neither roles nor tokens yet.
    ///
    /// # Errors
    /// `Access` unless the caller is org-admin, or project-owner of `project`; `UserExists`, `NoSuchProject`, or `Db`.
    pub async fn create_service_account(
        &self,
        caller: &Caller,
        name: &UserName,
        project: Option<ProjectName>,
    ) -> Result<OwnedAccount, IdentityError> {
        let (permission, asked) = needed_to_rule(project.clone());
        self.check(caller, permission, &asked).await?;
        let (this, caller, name, now) = (self.clone(), caller.clone(), name.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, permission, &asked).await??;
                let owner = match &project {
                    None => None,
                    Some(name) => {
                        let found = Projects::find_in(tx, name).await?;
                        Some(found.ok_or_else(|| IdentityError::NoSuchProject(name.clone()))?.id)
                    }
                };
                let account = Account {
                    id: AccountId::new(),
                    name: name.clone(),
                    created_at: now,
                    disabled_at: None,
                    password_hash: None,
                    kind: AccountKind::Service,
                    project: owner,
                };
                let fact = Fact::ServiceAccountCreated { account: account.id.to_string() };
                let event = Event::new(&caller, now, owner, fact);
                if accounts::find_by_name(&**tx, &name).await?.is_some()
                    || !accounts::insert(&**tx, &account, event.id()).await?
                {
                    return Err(IdentityError::UserExists);
                }
                tx.record(&[event]).await?;
                Ok((account, project.clone()))
            })
            .await
    }

    /// A page of service accounts, by name: those of a project, or for org-admins all.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, or `Db`.
    pub async fn list_service_accounts(
        &self,
        caller: &Caller,
        project: Option<ProjectName>,
        page: &PageRequest,
    ) -> Result<Page<OwnedAccount>, IdentityError> {
        let (permission, asked) = needed_to_rule(project.clone());
        self.check(caller, permission, &asked).await?;
        let owner = match &project {
            None => None,
            Some(name) => {
                let found = self.projects.find(name).await?;
                Some(found.ok_or_else(|| IdentityError::NoSuchProject(name.clone()))?.id)
            }
        };
        let after = page.after.as_deref();
        let kind = AccountKind::Service;
        let rows = accounts::list(self.db.read(), kind, owner, after, page.limit + 1).await?;
        let mut owners: Vec<_> = rows.iter().filter_map(|account| account.project).collect();
        owners.sort_unstable();
        owners.dedup();
        let names = self.projects.names(&owners).await?;
        let owned = |account: Account| {
            let name = account.project.and_then(|project| names.get(&project).cloned());
            (account, name)
        };
        Ok(Page::of_rows(rows, page, |account| account.name.to_string()).map(owned))
    }

    /// A service account that the caller rules, and its project's name.
    ///
    /// # Errors
    /// `Access`, `NoSuchServiceAccount`, or `Db`.
    pub async fn show_service_account(
        &self,
        caller: &Caller,
        name: &UserName,
    ) -> Result<OwnedAccount, IdentityError> {
        let (account, _) = self.find_service_account(caller, name).await?;
        let project = self.project_name(account.project).await?;
        Ok((account, project))
    }

    /// Lets a service account log in or not; its tokens are good for nothing while it can't.
    ///
    /// # Errors
    /// `Access`, `NoSuchServiceAccount`, `LastAdmin`, or `Db`.
    pub async fn disable_service_account(
        &self,
        caller: &Caller,
        name: &UserName,
        disabled: bool,
    ) -> Result<OwnedAccount, IdentityError> {
        let (found, needed) = self.find_service_account(caller, name).await?;
        let project = self.project_name(found.project).await?;
        let (this, caller, now, id) = (self.clone(), caller.clone(), self.clock.now(), found.id);
        let account = self.db.write(async move |tx: &Tx| {
            this.needed_in(tx, &caller, &needed).await??;
            if account_in(tx, id).await?.is_enabled() != disabled {
                return account_in(tx, id).await;
            }
            let account = id.to_string();
            let fact = if disabled {
                keep_an_admin(tx, id).await?;
                Fact::ServiceAccountDisabled { account }
            } else {
                Fact::ServiceAccountEnabled { account }
            };
            accounts::set_disabled(&**tx, id, disabled.then_some(now)).await?;
            tx.changes(Topic::Account(id)).await?;
            let changed = account_in(tx, id).await?;
            tx.record(&[Event::new(&caller, now, changed.project, fact)]).await?;
            Ok(changed)
        });
        Ok((account.await?, project))
    }

    /// A service account that the caller rules, and by what right.
    pub(super) async fn find_service_account(
        &self,
        caller: &Caller,
        name: &UserName,
    ) -> Result<(Account, Needed), IdentityError> {
        let found = self.find_account(name).await?.filter(|account| account.kind == AccountKind::Service);
        // Who rules none of it is not told whether it is there.
        let needed = self.check_rules(caller, found.as_ref().and_then(|account| account.project)).await?;
        found.map(|found| (found, needed)).ok_or(IdentityError::NoSuchServiceAccount)
    }

    /// Refuses unless the caller rules the service accounts of a project, or of the organisation; says by what right.
    pub(super) async fn check_rules(
        &self,
        caller: &Caller,
        project: Option<ProjectId>,
    ) -> Result<Needed, IdentityError> {
        let (permission, asked) = needed_to_rule(self.project_name(project).await?);
        self.check(caller, permission, &asked).await?;
        Ok(Needed::Right(permission, asked))
    }

    async fn project_name(&self, id: Option<ProjectId>) -> Result<Option<ProjectName>, DbError> {
        match id {
            None => Ok(None),
            Some(id) => {
                let name = self.projects.names(&[id]).await?.remove(&id);
                name.map(Some).ok_or_else(|| DbError::corrupt("account.project_id", id))
            }
        }
    }
}

/// What somebody must be allowed to rule the service accounts of a project, or of the organisation.
fn needed_to_rule(project: Option<ProjectName>) -> (Permission, Scope) {
    match project {
        Some(project) => (Permission::ProjectAdminister, Scope::Project(project)),
        None => (Permission::OrganisationAdminister, Scope::Organisation),
    }
}
