//! Refresh tokens: what a client keeps of a log-in instead of the password.
//!
//! One may be used again and again until it expires: docker and containerd keep what they were given first and never
//! look for another, so a rotation at each use would log them out. Only a log-in with a password leaves one; who has a
//! token already keeps that. They end with a change of the password.

use std::time::Duration;

use super::{Identity, failed};
use crate::access::{AccessError, Caller};
use crate::db::{DbError, Topic, Tx};
use crate::http::Origin;
use crate::identity::model::{Token, TokenKind, TokenSecret};
use crate::identity::service::tokens::{created, revoked};
use crate::identity::store::tokens;
use crate::ledger::{Event, Record};
use crate::types::{AccountId, Timestamp, TokenId};

/// How long a log-in lasts.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
/// Most clients that an account may be logged in with; a further log-in ends the oldest.
const MOST: usize = 50;
/// Longest name of a client that is kept, in characters.
const MAX_CLIENT: usize = 64;

impl Identity {
    /// Leaves a refresh token with a client; none when the caller did not log in with a password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leave_refresh_token(
        &self,
        caller: &Caller,
        client: Option<&str>,
    ) -> Result<Option<TokenSecret>, AccessError> {
        let Some(account) = caller.account.filter(|_| caller.token.is_none() && caller.ceiling.is_rights())
        else {
            return Ok(None);
        };
        // Who pulls from a frozen database gets on with the password.
        if self.db.is_frozen() {
            return Ok(None);
        }
        let secret = TokenSecret::generate(TokenKind::Refresh);
        let now = self.clock.now();
        let printable = |c: &char| !c.is_control();
        let token = Token {
            id: TokenId::new(),
            kind: TokenKind::Refresh,
            account,
            name: client.unwrap_or_default().chars().filter(printable).take(MAX_CLIENT).collect(),
            narrowing: None,
            service: Some(self.service.clone()),
            created_at: now,
            expires_at: Some(now.after(LIFETIME)),
            last_used_at: None,
            revoked_at: None,
        };
        let (digest, caller) = (secret.digest(), caller.clone());
        let kept = self.db.write(async move |tx: &Tx| {
            let alive = tokens::alive(&**tx, account, TokenKind::Refresh, now, 10 * MOST as u64).await?;
            let superfluous = (alive.len() + 1).saturating_sub(MOST);
            let mut events = end(tx, &caller, &alive[..superfluous], now).await?;
            let event = created(&caller, now, &token, None);
            tokens::insert(&**tx, &token, &digest, caller.account, event.id()).await?;
            events.push(event);
            tx.record(&events).await?;
            Ok::<_, DbError>(())
        });
        kept.await.map_err(failed)?;
        Ok(Some(secret))
    }

    /// Who left a refresh token with a client.
    ///
    /// # Errors
    /// `InvalidToken`, or `Failed`.
    pub async fn log_in_by_refresh_token(
        &self,
        secret: Option<&TokenSecret>,
        origin: Origin,
    ) -> Result<Caller, AccessError> {
        let secret = secret.ok_or(AccessError::InvalidToken)?;
        let found = self.token_of_secret(&secret.digest()).await?;
        let (token, _) = found
            .filter(|(token, _)| token.kind == TokenKind::Refresh)
            .filter(|(token, _)| token.service.as_ref() == Some(&self.service))
            .ok_or(AccessError::InvalidToken)?;
        self.note_use(&token);
        Ok(Caller { token: Some(token.id), ..Caller::of(token.account, origin) })
    }
}

/// Ends the log-ins that an account's clients keep, as part of a change.
pub(super) async fn end_all(
    tx: &Tx,
    caller: &Caller,
    account: AccountId,
    now: Timestamp,
) -> Result<Vec<Event>, DbError> {
    let alive = tokens::alive(&**tx, account, TokenKind::Refresh, now, 10 * MOST as u64).await?;
    end(tx, caller, &alive, now).await
}

async fn end(tx: &Tx, caller: &Caller, ended: &[Token], now: Timestamp) -> Result<Vec<Event>, DbError> {
    if ended.is_empty() {
        // One counter for all tokens: log-ins that end none must not wait for each other.
        return Ok(Vec::new());
    }
    tx.changes(Topic::Tokens).await?;
    let mut events = Vec::new();
    for token in ended {
        let event = revoked(caller, now, token, None);
        if tokens::revoke(&**tx, token.id, now, event.id()).await? {
            events.push(event);
        }
    }
    Ok(events)
}
