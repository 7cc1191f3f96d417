//! What is looked up for a request: accounts, tokens and role bindings as they are now.

use super::{Identity, failed};
use crate::access::AccessError;
use crate::db::DbError;
use crate::identity::model::{Account, Binding, Token};
use crate::identity::store::{accounts, bindings, tokens};
use crate::types::{AccountId, ProjectId, Sha256Hex, TokenId};

impl Identity {
    /// Whether an account is there and can log in.
    pub(super) async fn is_enabled(&self, id: AccountId) -> Result<bool, AccessError> {
        let account = accounts::find(self.db.read(), id).await.map_err(failed)?;
        Ok(account.as_ref().is_some_and(Account::is_enabled))
    }

    /// A token that is good, and so is its account, by its id.
    pub(super) async fn usable_token(&self, id: TokenId) -> Result<Option<Token>, AccessError> {
        let found = tokens::find_usable(self.db.read(), id).await.map_err(failed)?;
        Ok(found.filter(|token| token.is_alive(self.clock.now())))
    }

    /// The same by its secret's digest, and the name of its account.
    pub(super) async fn token_of_secret(
        &self,
        digest: &Sha256Hex,
    ) -> Result<Option<(Token, String)>, AccessError> {
        let found = tokens::find_by_digest(self.db.read(), digest).await.map_err(failed)?;
        Ok(found.filter(|(token, _)| token.is_alive(self.clock.now())))
    }

    /// What an account holds for the organisation, and in `project` if one is named, unless it is disabled.
    pub(super) async fn bindings_reaching(
        &self,
        account: AccountId,
        project: Option<ProjectId>,
    ) -> Result<Vec<Binding>, DbError> {
        bindings::reaching(self.db.read(), account, project).await
    }

    /// All that an account holds, unless it is disabled.
    pub(super) async fn bindings_of(&self, account: AccountId) -> Result<Vec<Binding>, DbError> {
        bindings::of_enabled(self.db.read(), account).await
    }
}
