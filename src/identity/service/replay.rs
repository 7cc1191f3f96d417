//! Doing again what events of accounts, roles, tokens and keys tell of, when a database is rebuilt from the storage.
//!
//! Secrets never stand in events: tokens and keys that were made since the backup are gone. Nor do names and passwords. An account that is made again has a name of its id, and no
//! password until an administrator sets one; so has one whose password was changed, for the old one may be known.

use super::users::FIRST_USER;
use crate::db::Tx;
use crate::identity::model::{Account, AccountKind, Binding, Role};
use crate::identity::store::{accounts, bindings, tokens};
use crate::keys::Keys;
use crate::ledger::{RecordedEvent, ReplayError};
use crate::types::{AccountId, BindingId, KeyId, Timestamp, TokenId};

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
    let name = is_first.then(|| FIRST_USER.to_owned());
    insert(tx, past, id, name, AccountKind::User).await
}

/// An account was created for a program.
///
/// # Errors
/// `Contradiction` when it is there, or `Db`.
pub async fn service_account_created(
    tx: &Tx,
    past: &RecordedEvent,
    account: &str,
) -> Result<(), ReplayError> {
    insert(tx, past, past.value("account", account)?, None, AccountKind::Service).await
}

async fn insert(
    tx: &Tx,
    past: &RecordedEvent,
    id: AccountId,
    name: Option<String>,
    kind: AccountKind,
) -> Result<(), ReplayError> {
    let name = name.unwrap_or_else(|| format!("restored-{}", id.uuid().simple()));
    let account = Account {
        id,
        name: past.value("user name", &name)?,
        created_at: past.at,
        disabled_at: None,
        password_hash: None,
        kind,
        project: past.project,
    };
    let inserted = accounts::insert(&**tx, &account, past.id).await?;
    past.demand(inserted, "there is an account of this name already")
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

/// An account was given a role, for good or until it ends by itself.
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
    expires_at_us: Option<i64>,
) -> Result<(), ReplayError> {
    let account = known(tx, past, account).await?;
    let (id, role): (BindingId, Role) = (past.value("binding", binding)?, past.value("role", role)?);
    let expires_at = expires_at_us.map(Timestamp::from_micros);
    let scope = past.value("scope", scope)?;
    let binding = Binding { id, account, role, scope, since: past.at, expires_at };
    let opened = bindings::open(&**tx, &binding, past.id).await?;
    past.demand(opened, "the account has the role there")
}

/// A role was taken away, or ended by itself.
///
/// # Errors
/// `Contradiction` when nobody had it, or `Db`.
pub async fn role_ended(tx: &Tx, past: &RecordedEvent, binding: &str) -> Result<(), ReplayError> {
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

/// A token was succeeded by one that is gone with its secret, and ends soon.
///
/// # Errors
/// `Db`.
pub async fn token_rotated(
    tx: &Tx,
    past: &RecordedEvent,
    token: &str,
    ends_at_us: i64,
) -> Result<(), ReplayError> {
    let id: TokenId = past.value("token", token)?;
    Ok(tokens::expire(&**tx, id, Timestamp::from_micros(ends_at_us)).await?)
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
