//! Logging in with a token: as the password of its account, or as a Bearer token.

use std::time::Duration;

use super::Identity;
use crate::access::{AccessError, Caller};
use crate::db::{DbError, Tx};
use crate::http::Origin;
use crate::identity::model::{Token, TokenSecret};
use crate::identity::store::tokens;
use crate::types::Timestamp;

/// How exactly it is known when a token was used last.
const GRAIN: Duration = Duration::from_secs(600);

impl Identity {
    /// Whom a token stands for that is no refresh token. `name`, where one was given, must be that of its
    /// account. Guessing 256 bits is not slowed down further.
    ///
    /// # Errors
    /// `InvalidToken`, or `Failed`.
    pub(super) async fn log_in_by_token(
        &self,
        secret: &TokenSecret,
        name: Option<&str>,
        origin: Origin,
    ) -> Result<Caller, AccessError> {
        let found = self.token_of_secret(&secret.digest()).await?;
        let (token, _) = found
            .filter(|(token, _)| token.kind.logs_in())
            .filter(|(_, account)| name.is_none_or(|name| name == account))
            .ok_or(AccessError::InvalidToken)?;
        self.note_use(&token);
        let (account, ceiling) = (Some(token.account), token.ceiling());
        Ok(Caller { account, origin, ceiling, token: Some(token.id) })
    }

    /// Keeps when a token was used, now and then, and without making its request wait.
    pub(super) fn note_use(&self, token: &Token) {
        let (id, now) = (token.id, self.clock.now());
        let is_recent = |used: Timestamp| now.since(used) < GRAIN;
        let noted = self.memory.noted.get(&id);
        if token.last_used_at.is_some_and(is_recent) || noted.is_some_and(is_recent) || self.db.is_frozen() {
            return;
        }
        self.memory.noted.insert(id, now);
        let db = self.db.clone();
        tokio::spawn(async move {
            let touched = db
                .write(async move |tx: &Tx| {
                    // Of many requests at once, one notes it.
                    let stale = Timestamp::from_micros(
                        now.micros().saturating_sub(i64::try_from(GRAIN.as_micros()).unwrap_or(i64::MAX)),
                    );
                    tokens::touch(&**tx, id, stale, now).await
                })
                .await;
            if let Err(error) = touched {
                let _: &DbError = &error;
                tracing::warn!(%error, "a token's last use was not noted");
            }
        });
    }
}
