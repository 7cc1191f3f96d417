//! Logging people in through an issuer. What they get is a token: there are no sessions.

use secrecy::SecretString;

use super::{Federation, FederationError};
use crate::access::Caller;
use crate::db::Tx;
use crate::federation::issuers::KnownIssuer;
use crate::federation::model::{IdToken, IdTokenError, LOG_IN_LASTS, LogIn, Secret, candidates};
use crate::federation::store::{links, log_ins};
use crate::http::Origin;
use crate::identity::{Account, Identity, Token, TokenKind, TokenSecret, UserName};
use crate::ledger::{Event, Fact, Record};
use crate::types::{Sha256Hex, Timestamp, TokenId};

/// Longest subject in bytes (OpenID Connect Core, section 2).
const MAX_SUBJECT: usize = 255;

/// A log-in that was begun.
pub struct Begun {
    /// Where the browser goes.
    pub url: String,
    /// What it must bring back, as a cookie.
    pub cookie: SecretString,
}

/// What a browser brings back from the issuer.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// The cookie.
    pub cookie: Option<String>,
    /// As the issuer was given it.
    pub state: Option<String>,
    /// What is redeemed.
    pub code: Option<String>,
    /// Who says so (RFC 9207), if it says that.
    pub issuer: Option<String>,
}

/// Somebody who logged in.
pub struct LoggedIn {
    /// Log-in name.
    pub name: UserName,
    /// Their new token, to be shown once.
    pub token: SecretString,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Federation {
    /// Begins a log-in. Nothing is kept of it here: anybody may begin as many as they like.
    ///
    /// # Errors
    /// `NoSuchIssuer`, or `Issuer`.
    pub async fn begin_log_in(&self, issuer: &str) -> Result<Begun, FederationError> {
        let known = self.issuer(issuer)?;
        let secret = Secret::generate(known.issuer.url.as_str(), self.clock.now());
        let url = known.authorization_url(&secret, &self.callback(issuer)).await?;
        Ok(Begun { url, cookie: secret.cookie().to_owned().into() })
    }

    /// Finishes a log-in: who comes back gets a new token of their account.
    ///
    /// # Errors
    /// `LogInLost` unless this browser began it and nobody finished it, `LogInDenied`, `Issuer`, `NoAccount`,
    /// `Disabled`, or `Db`.
    pub async fn finish_log_in(
        &self,
        issuer: &str,
        returned: Returned,
        origin: Origin,
    ) -> Result<LoggedIn, FederationError> {
        let outcome = self.finished(issuer, returned, origin).await;
        let told = if outcome.is_ok() { "success" } else { "failure" };
        metrics::counter!("waybill_federation_logins_total", "outcome" => told).increment(1);
        outcome
    }

    async fn finished(
        &self,
        issuer: &str,
        returned: Returned,
        origin: Origin,
    ) -> Result<LoggedIn, FederationError> {
        let known = self.issuer(issuer)?;
        let log_in = known.log_in()?.clone();
        let ours = |cookie: &str| Secret::read(cookie, known.issuer.url.as_str(), self.clock.now());
        let secret = returned.cookie.as_deref().and_then(ours).ok_or(FederationError::LogInLost)?;
        // The cookie says which state is its own, so that of another browser is refused.
        if returned.state != Some(secret.state())
            || log_ins::is_finished(self.db.read(), &secret.digest()).await?
        {
            return Err(FederationError::LogInLost);
        }
        // Another issuer's answer is not for this one (RFC 9207, section 2.4).
        if returned.issuer.is_some_and(|issuer| issuer != known.issuer.url.as_str()) {
            return Err(FederationError::LogInLost);
        }
        let code = returned.code.ok_or(FederationError::LogInDenied)?;
        let id_token = known.redeem(&code, &secret, &self.callback(issuer)).await?;
        self.let_in(known, &log_in, (&id_token, secret.digest()), origin).await
    }

    async fn let_in(
        &self,
        known: &KnownIssuer,
        log_in: &LogIn,
        (id_token, log_in_id): (&IdToken, Sha256Hex),
        origin: Origin,
    ) -> Result<LoggedIn, FederationError> {
        let fits = |subject: &&str| !subject.is_empty() && subject.len() <= MAX_SUBJECT;
        let subject = id_token.text("sub").filter(fits).ok_or(IdTokenError::Subject)?;
        let issuer = known.issuer.url.to_string();
        let subject = Sha256Hex::of(&[issuer.as_bytes(), b"\0", subject.as_bytes()]);
        let preferred = id_token.text("preferred_username").map(str::to_owned);
        let (creates, now) = (log_in.create_users, self.clock.now());
        let secret = TokenSecret::generate(TokenKind::LogIn);
        let (digest, expires_at) = (secret.digest(), now.after(log_in.token_lasts));
        let (token_id, name) = (TokenId::new(), format!("log-in through {}", known.issuer.name));
        let account = self
            .db
            .write(async move |tx: &Tx| {
                if !log_ins::finish(&**tx, &log_in_id, &issuer, now, now.after(LOG_IN_LASTS)).await? {
                    return Err(FederationError::LogInLost);
                }
                let linked = links::find(&**tx, &subject).await?;
                let (account, mut events) = match linked {
                    Some(id) => {
                        let account = Identity::account_in(tx, id).await?;
                        (account.ok_or(FederationError::NoAccount)?, Vec::new())
                    }
                    None if !creates => return Err(FederationError::NoAccount),
                    None => join(tx, &subject, &issuer, preferred.as_deref(), &origin, now).await?,
                };
                if !account.is_enabled() {
                    return Err(FederationError::Disabled);
                }
                let token = Token {
                    id: token_id,
                    kind: TokenKind::LogIn,
                    account: account.id,
                    name: name.clone(),
                    narrowing: None,
                    service: None,
                    created_at: now,
                    expires_at: Some(expires_at),
                    last_used_at: None,
                    revoked_at: None,
                };
                let caller = Caller::of(account.id, origin.clone());
                events.push(Identity::keep_token_in(tx, &caller, &token, &digest, None).await?);
                tx.record(&events).await?;
                Ok(account)
            })
            .await?;
        Ok(LoggedIn { name: account.name, token: secret.text().clone(), expires_at })
    }

    fn callback(&self, issuer: &str) -> String {
        let path = format!("/api/v1/oidc/{issuer}/callback");
        // Where there is an issuer there is an URL: that was checked when the settings were read.
        self.external_url.as_ref().map(|url| url.join(&path)).unwrap_or(path)
    }
}

/// Makes an account for who comes for the first time. It is theirs by issuer and subject; a name or an address that an
/// account has already says nothing about whose it is.
async fn join(
    tx: &Tx,
    subject: &Sha256Hex,
    issuer: &str,
    preferred: Option<&str>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Account, Vec<Event>), FederationError> {
    let caller = Caller::anonymous(origin.clone());
    for name in candidates(preferred) {
        let Some((account, created)) = Identity::create_without_password_in(tx, &caller, &name, now).await?
        else {
            continue;
        };
        let fact = Fact::AccountLinked { account: account.id.to_string(), issuer: issuer.to_owned() };
        let linked = Event::new(&caller, now, None, fact);
        links::insert(&**tx, subject, account.id, now, linked.id()).await?;
        return Ok((account, vec![created, linked]));
    }
    Err(FederationError::NoAccount)
}
