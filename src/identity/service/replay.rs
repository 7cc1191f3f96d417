//! Doing again what events of accounts, roles, tokens and keys tell of, when a database is rebuilt from the storage.
//!
//! Secrets never stand in events: tokens and keys that were made since the backup are gone. Nor do names and passwords. An account that is made again has a name of its id, and no
//! password until an administrator sets one; so has one whose password was changed, for the old one may be known.

use super::users::FIRST_USER;
use crate::db::Tx;
use crate::identity::model::{Binding, BindingScope, Role, UserName};
use crate::identity::store::{accounts, bindings, tokens};
use crate::keys::Keys;
use crate::ledger::{RecordedEvent, ReplayError};
use crate::types::{AccountId, BindingId, KeyId, ProjectId, TokenId};

/// What stands in the place of a password that nobody knows: nothing logs in by it.
const NO_PASSWORD: &str = "";

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

/// A token was revoked. One that was made after the backup is gone with its secret.
///
/// # Errors
/// `Db`.
pub async fn token_revoked(tx: &Tx, past: &RecordedEvent, token: &str) -> Result<(), ReplayError> {
    let id: TokenId = past.value("token", token)?;
    tokens::revoke(&**tx, id, past.at, past.id).await?;
    Ok(())
}

/// Another key signs than `before`. Its private half is in no event, so none signs until the next start makes one; but
/// what was retired stays so.
///
/// # Errors
/// `Db`.
pub async fn key_rotated(tx: &Tx, past: &RecordedEvent, before: &str) -> Result<(), ReplayError> {
    let id: KeyId = past.value("key", before)?;
    Ok(Keys::retire_in(tx, id, past.at, past.id).await?)
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
