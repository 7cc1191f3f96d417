//! What is looked up for each request: accounts, tokens and role bindings as they are now, by the 2-second rule.

use std::sync::Arc;

use super::{Identity, failed};
use crate::access::AccessError;
use crate::db::{DbError, Topic};
use crate::identity::model::{Account, Binding, Token};
use crate::identity::store::{accounts, bindings, tokens};
use crate::types::{AccountId, Sha256Hex, TokenId};

impl Identity {
    /// Whether an account is there and can log in.
    pub(super) async fn is_enabled(&self, id: AccountId) -> Result<bool, AccessError> {
        let read = async || {
            let account = accounts::find(self.db.read(), id).await?;
            Ok::<_, DbError>(account.as_ref().map(Account::is_enabled))
        };
        let enabled = self.memory.enabled.find(Topic::Account(id), id, read).await.map_err(failed)?;
        Ok(enabled.unwrap_or_default())
    }

    /// A token that is good, and so is its account, by its id.
    pub(super) async fn usable_token(&self, id: TokenId) -> Result<Option<Token>, AccessError> {
        let read = async || tokens::find_usable(self.db.read(), id).await;
        let found = self.memory.tokens.find(Topic::Tokens, id, read).await.map_err(failed)?;
        self.still_good(found, |token| token).await
    }

    /// The same by its secret's digest, and the name of its account.
    pub(super) async fn token_of_secret(
        &self,
        digest: &Sha256Hex,
    ) -> Result<Option<(Token, String)>, AccessError> {
        let read = async || tokens::find_by_digest(self.db.read(), digest).await;
        let found = self.memory.secrets.find(Topic::Tokens, digest.clone(), read).await.map_err(failed)?;
        self.still_good(found, |(token, _)| token).await
    }

    /// Asks of a token that may have been read a while ago what can change by itself, and what is known of its account.
    async fn still_good<T>(
        &self,
        found: Option<T>,
        token: impl Fn(&T) -> &Token,
    ) -> Result<Option<T>, AccessError> {
        let Some(found) = found else { return Ok(None) };
        let good = token(&found).is_alive(self.clock.now()) && self.is_enabled(token(&found).account).await?;
        Ok(good.then_some(found))
    }

    /// All that an account holds, unless it is disabled.
    pub(super) async fn bindings_of(&self, account: AccountId) -> Result<Arc<[Binding]>, DbError> {
        let read = async || {
            let held = bindings::of_enabled(self.db.read(), account).await?;
            Ok::<_, DbError>(Some(held.into()))
        };
        let held = self.memory.bindings.find(Topic::Account(account), account, read).await?;
        Ok(held.unwrap_or_default())
    }
}
