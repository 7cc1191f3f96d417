//! Tokens of accounts: made, listed, rotated, revoked.

use std::time::Duration;

use super::recheck::Needed;
use super::{Identity, IdentityError};
use crate::access::{AccessError, Authority as _, Caller, Narrowing, Permission, Scope};
use crate::db::{Topic, Tx};
use crate::http::{Page, PageRequest};
use crate::identity::model::{
    Account, AccountKind, Token, TokenKind, TokenName, TokenSecret, UserName, check_token_expiry,
};
use crate::identity::store::{accounts, tokens};
use crate::ledger::{Event, Fact, Record};
use crate::types::{ProjectId, Timestamp, TokenId};

/// Most tokens of a kind that an account may have at once.
const MOST: u64 = 100;

/// A token to make.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// What its owner calls it.
    pub name: TokenName,
    /// What it is narrowed to.
    pub narrowing: Option<Narrowing>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
}

impl Identity {
    /// Makes a personal token of the caller, who must have logged in without one: a token must not outlive itself by
    /// making others. The secret is shown this once.
    ///
    /// # Errors
    /// `PasswordNeeded`, `Expiry`, `TooManyTokens`, or `Db`.
    pub async fn create_own_token(
        &self,
        caller: &Caller,
        new: NewToken,
    ) -> Result<(Token, TokenSecret), IdentityError> {
        let account = self.account_without_token(caller).await?;
        self.create_token(caller, account, TokenKind::Personal, new, Needed::Oneself).await
    }

    /// Makes a token of a service account.
    ///
    /// # Errors
    /// `Access` when the caller does not rule it, `OwnToken` when it is itself, `NoSuchServiceAccount`, `Expiry`,
    /// `TooManyTokens`, or `Db`.
    pub async fn create_service_token(
        &self,
        caller: &Caller,
        name: &UserName,
        new: NewToken,
    ) -> Result<(Token, TokenSecret), IdentityError> {
        let (account, needed) = self.find_service_account(caller, name).await?;
        if caller.account == Some(account.id) {
            return Err(IdentityError::OwnToken);
        }
        self.create_token(caller, account, TokenKind::Service, new, needed).await
    }

    /// A page of tokens that are not revoked, oldest first: the caller's, or for org-admins those of a user.
    ///
    /// # Errors
    /// `Access`, `NoSuchUser`, or `Db`.
    pub async fn list_tokens(
        &self,
        caller: &Caller,
        user: Option<&UserName>,
        page: &PageRequest,
    ) -> Result<Page<Token>, IdentityError> {
        let own = caller.account.ok_or(AccessError::Unauthenticated)?;
        let account = match user {
            None => own,
            Some(name) => {
                let found = self.find_user(name).await?.map(|account| account.id);
                if found != Some(own) {
                    self.check(caller, Permission::OrganisationAdminister, &Scope::Organisation).await?;
                }
                found.ok_or(IdentityError::NoSuchUser)?
            }
        };
        if account == own && !caller.ceiling.is_rights() {
            return Err(AccessError::TooNarrow.into());
        }
        let after = page.after.as_deref().and_then(|after| after.parse().ok());
        let rows = tokens::list(self.db.read(), account, after, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |token| token.id.to_string()))
    }

    /// A page of a service account's tokens, likewise.
    ///
    /// # Errors
    /// `Access` when the caller does not rule it, `NoSuchServiceAccount`, or `Db`.
    pub async fn list_service_tokens(
        &self,
        caller: &Caller,
        name: &UserName,
        page: &PageRequest,
    ) -> Result<Page<Token>, IdentityError> {
        let account = self.find_service_account(caller, name).await?.0.id;
        let after = page.after.as_deref().and_then(|after| after.parse().ok());
        let rows = tokens::list(self.db.read(), account, after, page.limit + 1).await?;
        Ok(Page::of_rows(rows, page, |token| token.id.to_string()))
    }

    /// Revokes a token: the caller's own, the one that they show, one of a service account that they rule, or for
    /// org-admins anybody's. It is good for nothing from the next request on, nor is what was got with it.
    ///
    /// # Errors
    /// `Access`, `NoSuchToken`, or `Db`.
    pub async fn revoke_token(&self, caller: &Caller, id: TokenId) -> Result<(), IdentityError> {
        let (_, account, needed) = self.manageable(caller, id).await?;
        let (this, caller, now) = (self.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.needed_in(tx, &caller, &needed).await??;
                let token = tokens::find(&**tx, id).await?.ok_or(IdentityError::NoSuchToken)?;
                let event = revoked(&caller, now, &token, account.project);
                if !tokens::revoke(&**tx, id, now, event.id()).await? {
                    return Err(IdentityError::NoSuchToken);
                }
                tx.changes(Topic::Tokens).await?;
                tx.record(&[event]).await?;
                Ok(())
            })
            .await
    }

    /// Makes the successor of a token: with its name and reach, good for as long as it was. The old one ends after
    /// `overlap`, or earlier by itself. A token of a service account may be rotated by who shows it; a personal one by its
    /// owner alone, logged in without a token.
    ///
    /// # Errors
    /// `Access`, `PasswordNeeded`, `NoSuchToken` also of one that is not good any more, `TooManyTokens`, or `Db`.
    pub async fn rotate_token(
        &self,
        caller: &Caller,
        id: TokenId,
        overlap: Duration,
    ) -> Result<(Token, TokenSecret), IdentityError> {
        let (token, account, needed) = self.manageable(caller, id).await?;
        match token.kind {
            TokenKind::Service => {}
            TokenKind::Personal if caller.account != Some(token.account) => {
                return Err(AccessError::Denied.into());
            }
            TokenKind::Personal => drop(self.account_without_token(caller).await?),
            // These end, and their holders log in again.
            TokenKind::Refresh | TokenKind::LogIn | TokenKind::Federated => {
                return Err(IdentityError::NotRotated);
            }
        }
        let (secret, now) = (TokenSecret::generate(token.kind), self.clock.now());
        let (this, digest, caller) = (self.clone(), secret.digest(), caller.clone());
        let successor = self.db.write(async move |tx: &Tx| {
            this.needed_in(tx, &caller, &needed).await??;
            let found = tokens::find(&**tx, id).await?.filter(|token| token.is_alive(now));
            let old = found.ok_or(IdentityError::NoSuchToken)?;
            within_limit(tx, &old, now).await?;
            let ends = now.after(overlap);
            let ends = old.expires_at.map_or(ends, |expires| ends.min(expires));
            let lifetime = old.expires_at.map(|expires| expires.since(old.created_at));
            let successor = Token {
                id: TokenId::new(),
                created_at: now,
                expires_at: lifetime.map(|lifetime| now.after(lifetime)),
                last_used_at: None,
                ..old.clone()
            };
            let made = created(&caller, now, &successor, account.project);
            let fact = Fact::TokenRotated {
                token: old.id.to_string(),
                account: old.account.to_string(),
                successor: successor.id.to_string(),
                ends_at_us: ends.micros(),
            };
            tokens::insert(&**tx, &successor, &digest, caller.account, made.id()).await?;
            tokens::expire(&**tx, old.id, ends).await?;
            tx.changes(Topic::Tokens).await?;
            tx.record(&[made, Event::new(&caller, now, account.project, fact)]).await?;
            Ok::<_, IdentityError>(successor)
        });
        Ok((successor.await?, secret))
    }

    async fn create_token(
        &self,
        caller: &Caller,
        account: Account,
        kind: TokenKind,
        new: NewToken,
        needed: Needed,
    ) -> Result<(Token, TokenSecret), IdentityError> {
        let (secret, now) = (TokenSecret::generate(kind), self.clock.now());
        check_token_expiry(kind, new.expires_at, now)?;
        let token = Token {
            id: TokenId::new(),
            kind,
            account: account.id,
            name: new.name.as_str().to_owned(),
            narrowing: new.narrowing,
            service: None,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        let (this, digest, caller) = (self.clone(), secret.digest(), caller.clone());
        let kept = self.db.write(async move |tx: &Tx| {
            this.needed_in(tx, &caller, &needed).await??;
            within_limit(tx, &token, now).await?;
            // It may have been disabled meanwhile, and must not have a token to come back with.
            if !accounts::find(&**tx, account.id).await?.as_ref().is_some_and(Account::is_enabled) {
                return Err(IdentityError::Disabled);
            }
            let event = created(&caller, now, &token, account.project);
            tokens::insert(&**tx, &token, &digest, caller.account, event.id()).await?;
            tx.record(&[event]).await?;
            Ok(token.clone())
        });
        Ok((kept.await?, secret))
    }

    /// The caller's own account, if they logged in themselves: with a password, or through an issuer.
    async fn account_without_token(&self, caller: &Caller) -> Result<Account, IdentityError> {
        let id = caller.account.ok_or(AccessError::Unauthenticated)?;
        let logged_in = match caller.token {
            None => true,
            Some(token) => {
                let shown = tokens::find(self.db.read(), token).await?;
                shown.is_some_and(|token| token.kind == TokenKind::LogIn)
            }
        };
        if !logged_in || !caller.ceiling.is_rights() {
            return Err(IdentityError::PasswordNeeded);
        }
        let account = accounts::find(self.db.read(), id).await?.ok_or(AccessError::Unauthenticated)?;
        if account.kind == AccountKind::User { Ok(account) } else { Err(IdentityError::PasswordNeeded) }
    }

    /// A token that the caller may revoke, its account, and by what right.
    async fn manageable(
        &self,
        caller: &Caller,
        id: TokenId,
    ) -> Result<(Token, Account, Needed), IdentityError> {
        let Some(token) = tokens::find(self.db.read(), id).await? else {
            // Only who may see all tokens is told that there is none.
            self.check(caller, Permission::OrganisationAdminister, &Scope::Organisation).await?;
            return Err(IdentityError::NoSuchToken);
        };
        let account =
            accounts::find(self.db.read(), token.account).await?.ok_or(IdentityError::NoSuchToken)?;
        if caller.token == Some(id) {
            return Ok((token, account, Needed::Oneself));
        }
        let is_own = caller.account == Some(account.id) && account.kind == AccountKind::User;
        let needed = match account.kind {
            _ if is_own && caller.ceiling.is_rights() => Needed::Oneself,
            _ if is_own => return Err(AccessError::TooNarrow.into()),
            AccountKind::Service => self.check_rules(caller, account.project).await?,
            AccountKind::User => {
                self.check(caller, Permission::OrganisationAdminister, &Scope::Organisation).await?;
                Needed::Right(Permission::OrganisationAdminister, Scope::Organisation)
            }
        };
        Ok((token, account, needed))
    }
}

async fn within_limit(tx: &Tx, token: &Token, now: Timestamp) -> Result<(), IdentityError> {
    let alive = tokens::alive(&**tx, token.account, token.kind, now, MOST).await?;
    if alive.len() as u64 >= MOST { Err(IdentityError::TooManyTokens { most: MOST }) } else { Ok(()) }
}

/// The event that tells of a new token.
pub(super) fn created(caller: &Caller, now: Timestamp, token: &Token, project: Option<ProjectId>) -> Event {
    let narrowing = token.narrowing.as_ref();
    let fact = Fact::TokenCreated {
        token: token.id.to_string(),
        account: token.account.to_string(),
        token_kind: token.kind.as_str().to_owned(),
        expires_at_us: token.expires_at.map(Timestamp::micros),
        prefix: narrowing.and_then(|narrowing| narrowing.prefix.as_ref()).map(ToString::to_string),
        actions: narrowing
            .map(|narrowing| narrowing.actions.iter().map(|action| action.as_str().to_owned()).collect()),
    };
    Event::new(caller, now, project, fact)
}

/// The event that tells of a token's end.
pub(super) fn revoked(caller: &Caller, now: Timestamp, token: &Token, project: Option<ProjectId>) -> Event {
    let fact = Fact::TokenRevoked { token: token.id.to_string(), account: token.account.to_string() };
    Event::new(caller, now, project, fact)
}
