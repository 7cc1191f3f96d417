//! What other rooms do to accounts and tokens as part of their own changes.

use std::collections::HashMap;

use super::{Identity, tokens as told};
use crate::access::Caller;
use crate::db::{DbError, Topic, Tx};
use crate::identity::model::{Account, AccountKind, Token, UserName};
use crate::identity::store::{accounts, tokens};
use crate::ledger::{Event, Fact};
use crate::types::{AccountId, ProjectId, Sha256Hex, Timestamp, TokenId};

impl Identity {
    /// An account, by its id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account_in(tx: &Tx, id: AccountId) -> Result<Option<Account>, DbError> {
        accounts::find(&**tx, id).await
    }

    /// The same, outside of a change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, DbError> {
        accounts::find(self.db.read(), id).await
    }

    /// The names of accounts.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn names(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, UserName>, DbError> {
        accounts::names(self.db.read(), ids).await
    }

    /// Makes an account that no password logs in, unless one has its name. The event is the caller's to record.
    ///
    /// # Errors
    /// When the database does not do as it is told.
    pub async fn create_without_password_in(
        tx: &Tx,
        caller: &Caller,
        name: &UserName,
        now: Timestamp,
    ) -> Result<Option<(Account, Event)>, DbError> {
        if accounts::find_by_name(&**tx, name).await?.is_some() {
            return Ok(None);
        }
        let account = Account {
            id: AccountId::new(),
            name: name.clone(),
            created_at: now,
            disabled_at: None,
            password_hash: None,
            kind: AccountKind::User,
            project: None,
        };
        let event = Event::new(caller, now, None, Fact::UserCreated { account: account.id.to_string() });
        Ok(accounts::insert(&**tx, &account, event.id()).await?.then_some((account, event)))
    }

    /// Keeps a token, by its secret's digest. `project` is whose owners rule the account. The event is the caller's to record.
    ///
    /// # Errors
    /// When the database does not do as it is told.
    pub async fn keep_token_in(
        tx: &Tx,
        caller: &Caller,
        token: &Token,
        digest: &Sha256Hex,
        project: Option<ProjectId>,
    ) -> Result<Event, DbError> {
        let event = told::created(caller, token.created_at, token, project);
        tokens::insert(&**tx, token, digest, caller.account, event.id()).await?;
        Ok(event)
    }

    /// Revokes a token, if it is good yet. The event is the caller's to record.
    ///
    /// # Errors
    /// When the database does not do as it is told.
    pub async fn revoke_token_in(
        tx: &Tx,
        caller: &Caller,
        id: TokenId,
        project: Option<ProjectId>,
        now: Timestamp,
    ) -> Result<Option<Event>, DbError> {
        let Some(token) = tokens::find(&**tx, id).await?.filter(|token| token.is_alive(now)) else {
            return Ok(None);
        };
        let event = told::revoked(caller, now, &token, project);
        tx.changes(Topic::Tokens).await?;
        Ok(tokens::revoke(&**tx, id, now, event.id()).await?.then_some(event))
    }
}
