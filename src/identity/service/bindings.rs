//! Giving and taking roles.

use super::{Identity, IdentityError};
use crate::access::{AccessError, Authority, Caller, Permission, Scope};
use crate::db::{DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::identity::model::{
    Account, Binding, BindingScope, NamedBinding, NamedScope, Role, ScopeError, UserName, needed_to_bind,
};
use crate::identity::store::{accounts, bindings};
use crate::ledger::{Event, Fact, Record};
use crate::projects::Projects;
use crate::types::{AccountId, BindingId, ProjectName, Timestamp};

/// Which bindings to list; every field that is set narrows the list.
#[derive(Debug, Clone, Default)]
pub struct BindingFilter {
    /// In one project, and below prefixes of it.
    pub project: Option<ProjectName>,
    /// Of one user.
    pub user: Option<UserName>,
}

impl Identity {
    /// Gives a user a role; says whether it is new. Giving it again changes nothing.
    ///
    /// # Errors
    /// `Access` when the caller may not give it there, `Scope`, `NoSuchUser`, `NoSuchProject`, or `Db`.
    pub async fn grant(
        &self,
        caller: &Caller,
        user: &UserName,
        role: Role,
        scope: NamedScope,
    ) -> Result<(NamedBinding, bool), IdentityError> {
        if role == Role::OrgAdmin && scope != NamedScope::Organisation {
            return Err(ScopeError::OrganisationOnly.into());
        }
        let (permission, asked) = needed_to_bind(role, scope.project());
        self.check(caller, permission, &asked).await?;
        let (caller, user, now) = (caller.clone(), user.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                let account =
                    accounts::find_by_name(&**tx, &user).await?.ok_or(IdentityError::NoSuchUser)?.id;
                let project = scope.project();
                let scope = resolve(tx, &scope).await?;
                let named = |binding| NamedBinding { binding, user: user.clone(), project: project.clone() };
                let held = bindings::find_same(&**tx, account, role, &scope).await?;
                if let Some(held) = held {
                    return Ok((named(held), false));
                }
                let binding = Binding { id: BindingId::new(), account, role, scope, since: now };
                let granted = event_of_grant(&caller, now, &binding);
                if !bindings::open(&**tx, &binding, granted.id()).await? {
                    // Somebody else gave it in between.
                    let held = bindings::find_same(&**tx, account, role, &binding.scope).await?;
                    return held.map(|held| (named(held), false)).ok_or(IdentityError::NoSuchBinding);
                }
                tx.record(&[granted]).await?;
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
        let (caller, now) = (caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                if binding.role == Role::OrgAdmin {
                    keep_an_admin(tx, binding.account).await?;
                }
                let (id, account) = (binding.id.to_string(), binding.account.to_string());
                let (role, scope) = (binding.role.as_str().to_owned(), binding.scope.key());
                let fact = Fact::RoleRevoked { binding: id, account, role, scope };
                let revoked = Event::new(&caller, now, binding.scope.project(), fact);
                if !bindings::close(&**tx, binding.id, now, revoked.id()).await? {
                    return Err(IdentityError::NoSuchBinding);
                }
                tx.record(&[revoked]).await?;
                Ok(())
            })
            .await
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
            Some(name) => self.find_user(name).await?,
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

    /// The caller's own account and all its bindings.
    ///
    /// # Errors
    /// `Access` when nobody is logged in, or `Db`.
    pub async fn me(&self, caller: &Caller) -> Result<(Account, Vec<NamedBinding>), IdentityError> {
        let id = caller.account.ok_or(AccessError::Unauthenticated)?;
        let account = accounts::find(self.db.read(), id).await?.ok_or(AccessError::Unauthenticated)?;
        let filter = bindings::Filter { account: Some(id), ..bindings::Filter::default() };
        Ok((account, self.named(filter, u64::from(u32::MAX)).await?))
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
    let Some(name) = scope.project() else { return Ok(BindingScope::Organisation) };
    let found = Projects::find_in(tx, &name).await?;
    let project = found.ok_or(IdentityError::NoSuchProject(name))?.id;
    Ok(match scope {
        NamedScope::Prefix(prefix) => BindingScope::Prefix(project, prefix.clone()),
        NamedScope::Organisation | NamedScope::Project(_) => BindingScope::Project(project),
    })
}

/// The event that tells of a binding.
pub(super) fn event_of_grant(caller: &Caller, now: Timestamp, binding: &Binding) -> Event {
    let fact = Fact::RoleGranted {
        binding: binding.id.to_string(),
        account: binding.account.to_string(),
        role: binding.role.as_str().to_owned(),
        scope: binding.scope.key(),
    };
    Event::new(caller, now, binding.scope.project(), fact)
}

/// Refuses when no other account could administer the organisation.
pub(super) async fn keep_an_admin(tx: &Tx, account: AccountId) -> Result<(), IdentityError> {
    if bindings::others_with(&**tx, Role::OrgAdmin, account).await? == 0 {
        return Err(IdentityError::LastAdmin);
    }
    Ok(())
}
