//! Rights, asked once more in the transaction of a change.
//!
//! What lets a request in may have been remembered, and be gone for up to two seconds. That is good enough for reading and
//! pushing, which end with the right; what stays (a role, a token, an account) must not come of a right that is gone, so
//! its change asks again and reads through its own transaction, which orders it with whatever took the right away.

use super::Identity;
use super::authority::judge;
use crate::access::{AccessError, Caller, Permission, Scope};
use crate::db::{DbError, Tx};
use crate::identity::model::Account;
use crate::identity::store::{accounts, bindings, tokens};
use crate::projects::Projects;
use crate::types::Timestamp;

/// What a change asks of its caller.
#[derive(Debug, Clone)]
pub(super) enum Needed {
    /// To be who they are: it is about their own account or token.
    Oneself,
    /// A right.
    Right(Permission, Scope),
}

impl Identity {
    /// As [`check`](crate::access::Authority::check), of the rows that the change sees; the caller's token must be good
    /// yet, too. Says when the right ends by itself: none when it does not.
    ///
    /// # Errors
    /// When the database does not answer; the inner ones are those of `check`, and `InvalidToken`.
    pub async fn check_in(
        &self,
        tx: &Tx,
        caller: &Caller,
        permission: Permission,
        scope: &Scope,
    ) -> Result<Result<Option<Timestamp>, AccessError>, DbError> {
        if let Err(error) = self.stands_in(tx, caller).await? {
            return Ok(Err(error));
        }
        let project = match scope {
            Scope::Organisation => None,
            Scope::Project(name) => Projects::find_in(tx, name).await?,
            Scope::Repository(name) | Scope::Environment(_, name) => {
                Projects::find_in(tx, &name.project()).await?
            }
        };
        let held = match caller.account {
            Some(account) => bindings::of_enabled(&**tx, account).await?,
            None => Vec::new(),
        };
        Ok(judge(caller, permission, scope, project.as_ref(), &held, self.clock.now()))
    }

    /// The same for what a change needs, whatever it is.
    pub(super) async fn needed_in(
        &self,
        tx: &Tx,
        caller: &Caller,
        needed: &Needed,
    ) -> Result<Result<(), AccessError>, DbError> {
        match needed {
            Needed::Oneself => self.stands_in(tx, caller).await,
            Needed::Right(permission, scope) => {
                Ok(self.check_in(tx, caller, *permission, scope).await?.map(drop))
            }
        }
    }

    /// Whether the caller's account can log in and the token that they showed is good yet.
    async fn stands_in(&self, tx: &Tx, caller: &Caller) -> Result<Result<(), AccessError>, DbError> {
        let Some(account) = caller.account else { return Ok(Err(AccessError::Unauthenticated)) };
        if let Some(token) = caller.token {
            let shown = tokens::find(&**tx, token).await?;
            if !shown.is_some_and(|token| token.account == account && token.is_alive(self.clock.now())) {
                return Ok(Err(AccessError::InvalidToken));
            }
        }
        let found = accounts::find(&**tx, account).await?;
        let stands = found.as_ref().is_some_and(Account::is_enabled);
        Ok(if stands { Ok(()) } else { Err(AccessError::Denied) })
    }
}
