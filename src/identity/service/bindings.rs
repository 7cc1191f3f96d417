//! Giving and taking roles.

use super::{Identity, IdentityError};
use crate::access::{AccessError, Authority, Caller, Permission, Scope};
use crate::db::{DbError, Topic, Tx};
use crate::http::{Page, PageRequest};
use crate::identity::model::{
    Account, BaseScope, Binding, BindingScope, ExpiryError, NamedBase, NamedBinding, NamedScope, Role,
    ScopeError, UserName, needed_to_bind,
};
use crate::identity::store::{accounts, bindings};
use crate::ledger::{Event, Fact, Record};
use crate::projects::Projects;
use crate::types::{AccountId, BindingId, ProjectName, Timestamp};

/// Most roles of an account in one project, and for the organisation: each request looks through all of them.
const MOST: u64 = 200;

/// Which bindings to list; every field that is set narrows the list.
#[derive(Debug, Clone, Default)]
pub struct BindingFilter {
    /// In one project, and below prefixes of it.
    pub project: Option<ProjectName>,
    /// Of one user.
    pub user: Option<UserName>,
}

impl Identity {
    /// Gives an account a role, for good or until `expires_at`; says whether it is new. Giving it again with the same end
    /// changes nothing; with another, the new binding succeeds the old.
    ///
    /// # Errors
    /// `Access` when the caller may not give it there, `OutlivesOwn`, `Scope`, `Expiry`, `NoSuchUser`, `NoSuchProject`,
    /// `LastAdmin` when the last org-admin would get an end, or `Db`.
    pub async fn grant(
        &self,
        caller: &Caller,
        user: &UserName,
        role: Role,
        scope: NamedScope,
        expires_at: Option<Timestamp>,
    ) -> Result<(NamedBinding, bool), IdentityError> {
        scope.fits(role)?;
        let (permission, asked) = needed_to_bind(role, scope.project());
        self.check(caller, permission, &asked).await?;
        let (caller, user, now) = (caller.clone(), user.clone(), self.clock.now());
        if expires_at.is_some_and(|expires| expires <= now) {
            return Err(ExpiryError::Past.into());
        }
        let this = self.clone();
        self.db
            .write(async move |tx: &Tx| {
                let own_end = this.check_in(tx, &caller, permission, &asked).await??;
                let found = accounts::find_by_name(&**tx, &user).await?.ok_or(IdentityError::NoSuchUser)?;
                let account = found.id;
                let project = scope.project();
                let scope = resolve(tx, &scope).await?;
                if found.project.is_some() && found.project != scope.project() {
                    return Err(ScopeError::ForeignServiceAccount.into());
                }
                let named = |binding| NamedBinding { binding, user: user.clone(), project: project.clone() };
                let held = bindings::find_same(&**tx, account, role, &scope).await?;
                let mut events = Vec::new();
                match held {
                    Some(held) if held.expires_at == expires_at && held.holds_at(now) => {
                        return Ok((named(held), false));
                    }
                    Some(held) => {
                        if role == Role::OrgAdmin && expires_at.is_some() {
                            keep_an_admin(tx, account).await?;
                        }
                        events.extend(close(tx, &caller, &held, now).await?);
                    }
                    None => {}
                }
                if own_end.is_some_and(|own| expires_at.is_none_or(|expires| expires > own)) {
                    return Err(IdentityError::OutlivesOwn);
                }
                if bindings::count_in(&**tx, account, scope.project()).await? >= MOST {
                    return Err(IdentityError::TooManyBindings { most: MOST });
                }
                let binding = Binding { id: BindingId::new(), account, role, scope, since: now, expires_at };
                let granted = event_of_grant(&caller, now, &binding);
                if !bindings::open(&**tx, &binding, granted.id()).await? {
                    // Somebody else gave it in between.
                    let held = bindings::find_same(&**tx, account, role, &binding.scope).await?;
                    return held.map(|held| (named(held), false)).ok_or(IdentityError::NoSuchBinding);
                }
                events.push(granted);
                tx.changes(Topic::Account(account)).await?;
                tx.record(&events).await?;
                Ok((named(binding), true))
            })
            .await
    }

    /// Takes a role away.
    ///
    /// # Errors
    /// `Access` when the caller may not take it, `NoSuchBinding`, `LastAdmin`, or `Db`.
    pub async fn revoke(&self, caller: &Caller, id: BindingId) -> Result<(), IdentityError> {
        let Some(binding) = bindings::find(self.db.read(), id).await? else {
            // Only who may see all bindings is told that there is none.
            self.check(caller, Permission::OrganisationAdminister, &Scope::Organisation).await?;
            return Err(IdentityError::NoSuchBinding);
        };
        let project = match binding.scope.project() {
            Some(project) => self.projects.names(&[project]).await?.remove(&project),
            None => None,
        };
        let (permission, asked) = needed_to_bind(binding.role, project);
        self.check(caller, permission, &asked).await?;
        let (this, caller, now) = (self.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, permission, &asked).await??;
                if binding.role == Role::OrgAdmin {
                    keep_an_admin(tx, binding.account).await?;
                }
                let revoked = close(tx, &caller, &binding, now).await?;
                tx.record(&[revoked.ok_or(IdentityError::NoSuchBinding)?]).await?;
                Ok(())
            })
            .await
    }

    /// Closes the bindings that have ended, at most so many; says how many it closed. They gave no right any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn close_expired_bindings(&self, limit: u64) -> Result<usize, IdentityError> {
        let now = self.clock.now();
        let ended = bindings::expired(self.db.read(), now, limit).await?;
        let mut closed = 0;
        for binding in ended {
            let event = self.db.write(async move |tx: &Tx| {
                let event = close(tx, &Caller::system(), &binding, now).await?;
                tx.record(event.as_slice()).await?;
                Ok::<_, IdentityError>(event)
            });
            closed += usize::from(event.await?.is_some());
        }
        Ok(closed)
    }

    /// A page of bindings, oldest first: org-admins see all, owners those of their project, everybody their own.
    ///
    /// # Errors
    /// `Access` when the filter leaves more than the caller may see, `NoSuchUser`, `NoSuchProject`, or `Db`.
    pub async fn list_bindings(
        &self,
        caller: &Caller,
        filter: &BindingFilter,
        page: &PageRequest,
    ) -> Result<Page<NamedBinding>, IdentityError> {
        let user = match &filter.user {
            Some(name) => self.find_account(name).await?,
            None => None,
        };
        let is_own = user.as_ref().is_some_and(|user| Some(user.id) == caller.account);
        if !is_own && !self.may(caller, Permission::OrganisationAdminister, &Scope::Organisation).await? {
            let project = filter.project.clone().ok_or(AccessError::Denied)?;
            self.check(caller, Permission::ProjectAdminister, &Scope::Project(project)).await?;
        }
        if filter.user.is_some() && user.is_none() {
            return Err(IdentityError::NoSuchUser);
        }
        let project = match &filter.project {
            Some(name) => {
                let found = self.projects.find(name).await?;
                Some(found.ok_or_else(|| IdentityError::NoSuchProject(name.clone()))?.id)
            }
            None => None,
        };
        let after = page.after.as_deref().and_then(|after| after.parse().ok());
        let filter = bindings::Filter { account: user.map(|user| user.id), project, after };
        let rows = self.named(filter, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |row| row.binding.id.to_string()))
    }

    /// The caller's own account and the first page of its bindings; the next is that of the list of the account's bindings.
    ///
    /// # Errors
    /// `Access` when nobody is logged in, or `Db`.
    pub async fn me(&self, caller: &Caller) -> Result<(Account, Page<NamedBinding>), IdentityError> {
        let id = caller.account.ok_or(AccessError::Unauthenticated)?;
        let account = accounts::find(self.db.read(), id).await?.ok_or(AccessError::Unauthenticated)?;
        let filter = bindings::Filter { account: Some(id), ..bindings::Filter::default() };
        let page = PageRequest { limit: MOST, after: None };
        let rows = self.named(filter, page.limit + 1).await?;
        Ok((account, Page::of_rows(rows, &page, |row| row.binding.id.to_string())))
    }

    async fn named(&self, filter: bindings::Filter, limit: u64) -> Result<Vec<NamedBinding>, DbError> {
        let rows = bindings::list(self.db.read(), filter, limit).await?;
        let mut ids: Vec<_> = rows.iter().filter_map(|(binding, _)| binding.scope.project()).collect();
        ids.sort_unstable();
        ids.dedup();
        let names = self.projects.names(&ids).await?;
        let name = |binding: &Binding| binding.scope.project().and_then(|id| names.get(&id).cloned());
        Ok(rows
            .into_iter()
            .map(|(binding, user)| NamedBinding { project: name(&binding), binding, user })
            .collect())
    }
}

async fn resolve(tx: &Tx, scope: &NamedScope) -> Result<BindingScope, IdentityError> {
    let project = async |name: ProjectName| {
        let found = Projects::find_in(tx, &name).await?;
        Ok::<_, IdentityError>(found.ok_or(IdentityError::NoSuchProject(name))?.id)
    };
    let base = match &scope.base {
        NamedBase::Organisation => BaseScope::Organisation,
        NamedBase::Project(name) => BaseScope::Project(project(name.clone()).await?),
        NamedBase::Prefix(prefix) => BaseScope::Prefix(project(prefix.project()).await?, prefix.clone()),
    };
    Ok(BindingScope { base, environment: scope.environment.clone() })
}

/// The event that tells of a binding.
pub(super) fn event_of_grant(caller: &Caller, now: Timestamp, binding: &Binding) -> Event {
    let (id, account) = (binding.id.to_string(), binding.account.to_string());
    let (role, scope) = (binding.role.as_str().to_owned(), binding.scope.key());
    let fact = match binding.expires_at {
        None => Fact::RoleGranted { binding: id, account, role, scope },
        Some(expires) => {
            let expires_at_us = expires.micros();
            Fact::RoleGrantedUntil { binding: id, account, role, scope, expires_at_us }
        }
    };
    Event::new(caller, now, binding.scope.project(), fact)
}

/// Refuses when an account is the last that could administer the organisation without an end. A role that ends by itself
/// keeps nobody in office, so neither does losing it take anybody out.
pub(super) async fn keep_an_admin(tx: &Tx, account: AccountId) -> Result<(), IdentityError> {
    let held = bindings::find_same(&**tx, account, Role::OrgAdmin, &BindingScope::ORGANISATION).await?;
    if held.is_some_and(|held| held.expires_at.is_none())
        && bindings::others_with(&**tx, Role::OrgAdmin, account).await? == 0
    {
        return Err(IdentityError::LastAdmin);
    }
    Ok(())
}

/// Closes a binding as part of a change; says with what event, if it was still open.
async fn close(
    tx: &Tx,
    caller: &Caller,
    binding: &Binding,
    now: Timestamp,
) -> Result<Option<Event>, IdentityError> {
    let (id, account) = (binding.id.to_string(), binding.account.to_string());
    let (role, scope) = (binding.role.as_str().to_owned(), binding.scope.key());
    let fact = match binding.expires_at.filter(|_| !binding.holds_at(now)) {
        Some(expired) => {
            let expired_at_us = expired.micros();
            Fact::RoleExpired { binding: id, account, role, scope, expired_at_us }
        }
        None => Fact::RoleRevoked { binding: id, account, role, scope },
    };
    let event = Event::new(caller, now, binding.scope.project(), fact);
    let closed = bindings::close(&**tx, binding.id, now, event.id()).await?;
    tx.changes(Topic::Account(binding.account)).await?;
    Ok(closed.then_some(event))
}
