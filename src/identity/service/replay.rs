//! Doing again what events of accounts and roles tell of, when a database is rebuilt from the storage.
//!
//! Names and passwords of people never stand in events. An account that is made again has a name of its id, and no
//! password until an administrator sets one; so has one whose password was changed, for the old one may be known.

use super::users::FIRST_USER;
use crate::db::{Db, DbError, Tx};
use crate::identity::model::{Binding, BindingScope, Role, UserName};
use crate::identity::store::{accounts, bindings};
use crate::ledger::{RecordedEvent, ReplayError};
use crate::types::{AccountId, BindingId, ProjectId};

/// What stands in the place of a password that nobody knows.
pub(super) const NO_PASSWORD: &str = "";

/// An account was created.
///
/// # Errors
/// `Contradiction` when it is there, or `Db`.
pub async fn user_created(tx: &Tx, past: &RecordedEvent, account: &str) -> Result<(), ReplayError> {
    let id: AccountId = past.value("account", account)?;
    // Nobody made the first one, and it always has this name.
    let is_first = past.actor.is_none() && !accounts::any(&**tx).await?;
    let name = if is_first { FIRST_USER.to_owned() } else { format!("restored-{}", id.uuid().simple()) };
    let name: UserName = past.value("user name", &name)?;
    let inserted = accounts::insert(&**tx, id, &name, NO_PASSWORD, past.at, past.id).await?;
    past.demand(inserted, "there is a user of this name already")
}

/// An account got another password, which is not known any more.
///
/// # Errors
/// `Contradiction` when it is not there, or `Db`.
pub async fn password_changed(tx: &Tx, past: &RecordedEvent, account: &str) -> Result<(), ReplayError> {
    let id = known(tx, past, account).await?;
    Ok(accounts::set_password(&**tx, id, NO_PASSWORD).await?)
}

/// An account was disabled or enabled.
///
/// # Errors
/// `Contradiction` when it is not there, or `Db`.
pub async fn set_disabled(
    tx: &Tx,
    past: &RecordedEvent,
    account: &str,
    disabled: bool,
) -> Result<(), ReplayError> {
    let id = known(tx, past, account).await?;
    Ok(accounts::set_disabled(&**tx, id, disabled.then_some(past.at)).await?)
}

/// An account was given a role.
///
/// # Errors
/// `Contradiction` when it has it, or `Db`.
pub async fn role_granted(
    tx: &Tx,
    past: &RecordedEvent,
    binding: &str,
    account: &str,
    role: &str,
    scope: &str,
) -> Result<(), ReplayError> {
    let account = known(tx, past, account).await?;
    let (id, role): (BindingId, Role) = (past.value("binding", binding)?, past.value("role", role)?);
    let binding = Binding { id, account, role, scope: scope_of(past, scope)?, since: past.at };
    let opened = bindings::open(&**tx, &binding, past.id).await?;
    past.demand(opened, "the account has the role there")
}

/// A role was taken away.
///
/// # Errors
/// `Contradiction` when nobody had it, or `Db`.
pub async fn role_revoked(tx: &Tx, past: &RecordedEvent, binding: &str) -> Result<(), ReplayError> {
    let id: BindingId = past.value("binding", binding)?;
    let closed = bindings::close(&**tx, id, past.at, past.id).await?;
    past.demand(closed, "no such binding holds")
}

/// The names of the accounts that nobody can log in to until they get a password.
///
/// # Errors
/// When the database does not answer.
pub async fn without_password(db: &Db) -> Result<Vec<String>, DbError> {
    let names = accounts::with_hash(db.read(), NO_PASSWORD).await?;
    Ok(names.into_iter().map(String::from).collect())
}

async fn known(tx: &Tx, past: &RecordedEvent, account: &str) -> Result<AccountId, ReplayError> {
    let id: AccountId = past.value("account", account)?;
    past.demand(accounts::find(&**tx, id).await?.is_some(), "there is no such account")?;
    Ok(id)
}

/// Reads what [`BindingScope::key`] wrote.
fn scope_of(past: &RecordedEvent, key: &str) -> Result<BindingScope, ReplayError> {
    if key == BindingScope::Organisation.key() {
        return Ok(BindingScope::Organisation);
    }
    let project = |text: &str| past.value::<ProjectId>("project", text);
    match key.split_once(':') {
        None => Ok(BindingScope::Project(project(key)?)),
        Some((id, prefix)) => Ok(BindingScope::Prefix(project(id)?, past.value("repository", prefix)?)),
    }
}
