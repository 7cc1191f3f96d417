//! Creating and changing accounts.

use secrecy::SecretString;

use super::bindings::{event_of_grant, keep_an_admin};
use super::recheck::Needed;
use super::refresh::end_all;
use super::{Identity, IdentityError};
use crate::access::{AccessError, Authority as _, Caller, Permission, Scope};
use crate::db::{DbError, Topic, Tx};
use crate::http::{Page, PageRequest};
use crate::identity::model::{Account, AccountKind, Binding, BindingScope, NewPassword, Role, UserName};
use crate::identity::store::{accounts, bindings};
use crate::ledger::{Event, Fact, Record};
use crate::types::{AccountId, BindingId, Timestamp};

/// The name of the first account.
pub(super) const FIRST_USER: &str = "admin";

/// A change of an account; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Another password.
    pub password: Option<NewPassword>,
    /// The present one: needed by who changes their own and is no org-admin, or shows a token.
    pub current_password: Option<SecretString>,
    /// Whether it can't log in. For org-admins only.
    pub disabled: Option<bool>,
}

impl Identity {
    /// Whether there is any account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn has_accounts(&self) -> Result<bool, DbError> {
        accounts::any(self.db.read()).await
    }

    /// Creates the user `admin`, org-admin and auditor, if there is no account at all; says whether it did.
    ///
    /// # Errors
    /// `Password`, or when hashing or the database fail.
    pub async fn bootstrap_admin(&self, password: &SecretString) -> Result<bool, IdentityError> {
        if accounts::any(self.db.read()).await? {
            return Ok(false);
        }
        let hash = self.passwords.hash(&NewPassword::try_from(password.clone())?).await?;
        let name: UserName = FIRST_USER.parse().map_err(|_| DbError::corrupt("first user", FIRST_USER))?;
        let now = self.clock.now();
        self.db
            .write(async move |tx: &Tx| {
                if accounts::any(&**tx).await? {
                    return Ok(false);
                }
                let caller = Caller::system();
                let (account, created) = insert(tx, &caller, &name, &hash, now).await?;
                let mut events = vec![created];
                for role in [Role::OrgAdmin, Role::Auditor] {
                    let (id, scope) = (BindingId::new(), BindingScope::ORGANISATION);
                    let binding =
                        Binding { id, account: account.id, role, scope, since: now, expires_at: None };
                    let granted = event_of_grant(&caller, now, &binding);
                    bindings::open(&**tx, &binding, granted.id()).await?;
                    tx.changes(Topic::Account(account.id)).await?;
                    events.push(granted);
                }
                tx.record(&events).await?;
                Ok(true)
            })
            .await
    }

    /// The administrator to be given a password after a restore: none, when one is not among those who can't log in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn locked_out_admin(&self, locked_out: &[String]) -> Result<Option<UserName>, DbError> {
        let mut admins = Vec::new();
        for id in bindings::enabled_with(self.db.read(), Role::OrgAdmin).await? {
            admins.extend(accounts::find(self.db.read(), id).await?);
        }
        if admins.iter().any(|admin| locked_out.iter().all(|name| name != admin.name.as_str())) {
            return Ok(None);
        }
        // The first user before others, as people expect.
        admins.sort_by_key(|admin| (admin.name.as_str() != FIRST_USER, admin.id));
        Ok(admins.into_iter().next().map(|admin| admin.name))
    }

    /// Gives an account a password, on behalf of who runs the installation.
    ///
    /// # Errors
    /// `NoSuchUser`, `Password`, or when hashing or the database fail.
    pub async fn readmit(&self, name: &UserName, password: &SecretString) -> Result<(), IdentityError> {
        let hash = self.passwords.hash(&NewPassword::try_from(password.clone())?).await?;
        let id = self.find_user(name).await?.ok_or(IdentityError::NoSuchUser)?.id;
        let now = self.clock.now();
        self.db
            .write(async move |tx: &Tx| {
                accounts::set_password(&**tx, id, &hash).await?;
                let fact = Fact::UserPasswordChanged { account: id.to_string() };
                Ok(tx.record(&[Event::new(&Caller::system(), now, None, fact)]).await?)
            })
            .await
    }

    /// Creates an account.
    ///
    /// # Errors
    /// `Access` unless the caller is org-admin, `UserExists`, or when hashing or the database fail.
    pub async fn create_user(
        &self,
        caller: &Caller,
        name: &UserName,
        password: &NewPassword,
    ) -> Result<Account, IdentityError> {
        let hash = self.passwords.hash(password).await?;
        let (this, caller, name, now) = (self.clone(), caller.clone(), name.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::OrganisationAdminister, &Scope::Organisation)
                    .await??;
                if accounts::find_by_name(&**tx, &name).await?.is_some() {
                    return Err(IdentityError::UserExists);
                }
                let (account, created) = insert(tx, &caller, &name, &hash, now).await?;
                tx.record(&[created]).await?;
                Ok(account)
            })
            .await
    }

    /// A page of all users, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_users(&self, page: &PageRequest) -> Result<Page<Account>, DbError> {
        let rows =
            accounts::list(self.db.read(), AccountKind::User, None, page.after.as_deref(), page.limit + 1)
                .await?;
        Ok(Page::of_rows(rows, page, |account| account.name.to_string()))
    }

    /// A user, by their name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_user(&self, name: &UserName) -> Result<Option<Account>, DbError> {
        Ok(self.find_account(name).await?.filter(|account| account.kind == AccountKind::User))
    }

    /// A user or service account, by its name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_account(&self, name: &UserName) -> Result<Option<Account>, DbError> {
        accounts::find_by_name(self.db.read(), name).await
    }

    /// Changes an account: org-admins any, others the password of their own.
    ///
    /// # Errors
    /// `Access` for anybody else, `NoSuchUser`, `CurrentPasswordMissing`, `CurrentPasswordWrong`, `LastAdmin`, or when
    /// hashing or the database fail.
    pub async fn update_user(
        &self,
        caller: &Caller,
        name: &UserName,
        change: UserChange,
    ) -> Result<Account, IdentityError> {
        let found = self.find_user(name).await?;
        let administers = self.may(caller, Permission::OrganisationAdminister, &Scope::Organisation).await?;
        let is_own = found.as_ref().is_some_and(|account| Some(account.id) == caller.account);
        if !administers && (!is_own || change.disabled.is_some()) {
            return Err(AccessError::Denied.into());
        }
        // Who found a token must not be able to keep its owner out with it.
        if is_own && change.password.is_some() && (!administers || caller.token.is_some()) {
            self.prove_password(caller, name, change.current_password).await?;
        }
        let id = found.ok_or(IdentityError::NoSuchUser)?.id;
        let hash = match &change.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let needed = if administers {
            Needed::Right(Permission::OrganisationAdminister, Scope::Organisation)
        } else {
            Needed::Oneself
        };
        let (this, caller, now) = (self.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.needed_in(tx, &caller, &needed).await??;
                let mut events = Vec::new();
                if let Some(hash) = &hash {
                    accounts::set_password(&**tx, id, hash).await?;
                    let fact = Fact::UserPasswordChanged { account: id.to_string() };
                    events.push(Event::new(&caller, now, None, fact));
                    events.extend(end_all(tx, &caller, id, now).await?);
                }
                if let Some(disabled) = change.disabled {
                    events.extend(set_disabled(tx, &caller, id, disabled, now).await?);
                }
                let account = account_in(tx, id).await?;
                tx.record(&events).await?;
                Ok(account)
            })
            .await
    }

    /// Has the caller show the present password, with the same limits as at log-in.
    async fn prove_password(
        &self,
        caller: &Caller,
        name: &UserName,
        password: Option<SecretString>,
    ) -> Result<(), IdentityError> {
        let password = password.ok_or(IdentityError::CurrentPasswordMissing)?;
        match self.log_in(name.to_string(), password, caller.origin.clone()).await {
            Ok(_) => Ok(()),
            Err(AccessError::BadCredentials) => Err(IdentityError::CurrentPasswordWrong),
            Err(error) => Err(error.into()),
        }
    }
}

pub(super) async fn account_in(tx: &Tx, id: AccountId) -> Result<Account, IdentityError> {
    accounts::find(&**tx, id).await?.ok_or(IdentityError::NoSuchUser)
}

async fn insert(
    tx: &Tx,
    caller: &Caller,
    name: &UserName,
    hash: &str,
    now: Timestamp,
) -> Result<(Account, Event), IdentityError> {
    let account = Account {
        id: AccountId::new(),
        name: name.clone(),
        created_at: now,
        disabled_at: None,
        password_hash: Some(hash.to_owned().into()),
        kind: AccountKind::User,
        project: None,
    };
    let event = Event::new(caller, now, None, Fact::UserCreated { account: account.id.to_string() });
    if !accounts::insert(&**tx, &account, event.id()).await? {
        return Err(IdentityError::UserExists);
    }
    Ok((account, event))
}

/// Disables or enables; no event when it was so already.
async fn set_disabled(
    tx: &Tx,
    caller: &Caller,
    id: AccountId,
    disabled: bool,
    now: Timestamp,
) -> Result<Option<Event>, IdentityError> {
    if account_in(tx, id).await?.is_enabled() != disabled {
        return Ok(None);
    }
    let account = id.to_string();
    let fact = if disabled {
        keep_an_admin(tx, id).await?;
        Fact::UserDisabled { account }
    } else {
        Fact::UserEnabled { account }
    };
    accounts::set_disabled(&**tx, id, disabled.then_some(now)).await?;
    tx.changes(Topic::Account(id)).await?;
    Ok(Some(Event::new(caller, now, None, fact)))
}
