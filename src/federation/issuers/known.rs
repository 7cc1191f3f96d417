//! The issuers of the settings, and what is remembered of each: its description and its keys.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

use super::discovery::Document;
use super::fetch::{Fetch, FetchError, encode};
use crate::federation::model::{IdToken, IdTokenError, Issuer, Keys, LogIn, Secret, SetupError, Unverified};
use crate::types::{Clock, Timestamp};

/// How long keys count without being asked for again.
const FRESH: Duration = Duration::from_secs(600);
/// How long they count while the issuer does not answer. A key that it withdrew counts no longer than that.
const STALE: Duration = Duration::from_secs(3600);
/// Least time between two questions: tokens with keys that are nobody's must not make us a nuisance.
const PAUSE: Duration = Duration::from_secs(10);

/// Why an issuer could not help.
#[derive(Debug, Error)]
pub enum IssuerError {
    /// No keys that count.
    #[error("the issuer '{0}' can't be reached: try again")]
    Unavailable(String),
    /// People can't log in through it.
    #[error("nobody can log in through the issuer '{0}'")]
    NoLogIn(String),
    /// It did not take the code.
    #[error("the issuer '{0}' refused the log-in: begin again")]
    Refused(String),
    /// What it gave is of no use.
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
}

/// All issuers that are trusted in.
#[derive(Clone)]
pub struct Issuers(Arc<Vec<KnownIssuer>>);

/// An issuer with what is remembered of it.
pub struct KnownIssuer {
    /// As the settings have it.
    pub issuer: Issuer,
    fetch: Fetch,
    clock: Arc<dyn Clock>,
    memory: Mutex<Memory>,
    /// Held while the issuer is asked, so that one asks for all; who finds what they need does not wait for it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Memory {
    answer: Option<Answer>,
    asked_at: Option<Timestamp>,
}

#[derive(Clone)]
struct Answer {
    document: Arc<Document>,
    keys: Arc<Keys>,
    at: Timestamp,
}

impl Issuers {
    /// Of these; nobody is asked yet.
    pub fn new(issuers: Vec<Issuer>, clock: &Arc<dyn Clock>) -> Result<Self, SetupError> {
        let fetch = Fetch::new()?;
        let known = issuers.into_iter().map(|issuer| KnownIssuer {
            issuer,
            fetch: fetch.clone(),
            clock: Arc::clone(clock),
            memory: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        });
        Ok(Self(Arc::new(known.collect())))
    }

    /// Everyone.
    pub fn all(&self) -> &[KnownIssuer] {
        &self.0
    }

    /// By its name in the settings.
    pub fn named(&self, name: &str) -> Option<&KnownIssuer> {
        self.0.iter().find(|known| known.issuer.name.as_str() == name)
    }

    /// By its identifier, exactly.
    pub fn of_url(&self, url: &str) -> Option<&KnownIssuer> {
        self.0.iter().find(|known| known.issuer.url.as_str() == url)
    }
}

impl KnownIssuer {
    /// Believes a token that one of its keys signed.
    ///
    /// # Errors
    /// `Unavailable`, `IdToken`.
    pub async fn verify(&self, token: Unverified<'_>) -> Result<IdToken, IssuerError> {
        if token.issuer() != Some(self.issuer.url.as_str()) {
            return Err(IdTokenError::Issuer.into());
        }
        let answer = self.answer(|answer| answer.keys.get(token.key_id()).is_some()).await?;
        Ok(token.verify(&answer.keys)?)
    }

    /// Where a person is sent to log in. `redirect_uri` is where the issuer sends them back to.
    ///
    /// # Errors
    /// `Unavailable`, `NoLogIn`.
    pub async fn authorization_url(
        &self,
        secret: &Secret,
        redirect_uri: &str,
    ) -> Result<String, IssuerError> {
        let log_in = self.log_in()?;
        let document = self.answer(|_| true).await?.document;
        let endpoint = document.authorization_endpoint.as_deref().ok_or_else(|| self.no_log_in())?;
        let (state, nonce, challenge) = (secret.state(), secret.nonce(), secret.challenge());
        let query = encode(&[
            ("response_type", "code"),
            ("client_id", &log_in.client_id),
            ("redirect_uri", redirect_uri),
            ("scope", "openid profile"),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        let mark = if endpoint.contains('?') { '&' } else { '?' };
        Ok(format!("{endpoint}{mark}{query}"))
    }

    /// Redeems a code for the id token of who logged in, and believes that.
    ///
    /// # Errors
    /// `Unavailable`, `NoLogIn`, `Refused`, `IdToken`.
    pub async fn redeem(
        &self,
        code: &str,
        secret: &Secret,
        redirect_uri: &str,
    ) -> Result<IdToken, IssuerError> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        let log_in = self.log_in()?;
        let document = self.answer(|_| true).await?.document;
        let endpoint = document.token_endpoint.as_deref().ok_or_else(|| self.no_log_in())?;
        let verifier = secret.verifier();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier.expose_secret()),
        ];
        let in_form = document.wants_secret_in_form();
        let header = log_in.client_secret.as_ref().filter(|_| !in_form).map(|secret| basic(log_in, secret));
        if header.is_none() {
            form.push(("client_id", &log_in.client_id));
        }
        if let Some(secret) = log_in.client_secret.as_ref().filter(|_| in_form) {
            form.push(("client_secret", secret.expose_secret()));
        }
        let answer = self.fetch.post(endpoint, &form, header).await.map_err(|error| self.refused(&error))?;
        let tokens: Tokens = serde_json::from_slice(&answer).map_err(|_| IdTokenError::Malformed)?;
        let token = self.verify(Unverified::read(&tokens.id_token)?).await?;
        token.check(&log_in.client_id, false, self.clock.now())?;
        if token.text("nonce") != Some(secret.nonce().as_str()) {
            return Err(IdTokenError::Nonce.into());
        }
        Ok(token)
    }

    /// How people log in through it.
    ///
    /// # Errors
    /// `NoLogIn`.
    pub fn log_in(&self) -> Result<&LogIn, IssuerError> {
        self.issuer.log_in.as_ref().ok_or_else(|| self.no_log_in())
    }

    fn no_log_in(&self) -> IssuerError {
        IssuerError::NoLogIn(self.issuer.name.to_string())
    }

    fn refused(&self, error: &FetchError) -> IssuerError {
        let issuer = self.issuer.name.as_str();
        match error {
            FetchError::Status { status: 400..500, body } => {
                tracing::warn!(issuer, reason = error_code(body), "the issuer refused a log-in");
                IssuerError::Refused(issuer.to_owned())
            }
            error => {
                tracing::warn!(issuer, %error, "the issuer did not redeem a code");
                IssuerError::Unavailable(issuer.to_owned())
            }
        }
    }

    /// What the issuer says, new enough and such as is `wanted`; or as it is, where asking did not help.
    async fn answer(&self, wanted: impl Fn(&Answer) -> bool) -> Result<Answer, IssuerError> {
        let remembered = || self.remembered(FRESH).filter(|answer| wanted(answer));
        if let Some(answer) = remembered() {
            return Ok(answer);
        }
        let _turn = self.turn.lock().await;
        // Who had the turn before may have asked for the same.
        if let Some(answer) = remembered() {
            return Ok(answer);
        }
        if self.may_ask() {
            self.ask().await;
        }
        let unavailable = || IssuerError::Unavailable(self.issuer.name.to_string());
        self.remembered(STALE).ok_or_else(unavailable)
    }

    fn remembered(&self, at_most: Duration) -> Option<Answer> {
        let now = self.clock.now();
        let answer = self.memory.lock().unwrap_or_else(PoisonError::into_inner).answer.clone();
        answer.filter(|answer| now < answer.at.after(at_most))
    }

    /// Whether the last question lies long enough back; notes that one is asked now.
    fn may_ask(&self) -> bool {
        let now = self.clock.now();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.asked_at.is_some_and(|asked| now < asked.after(PAUSE)) {
            return false;
        }
        memory.asked_at = Some(now);
        true
    }

    async fn ask(&self) {
        let at = self.clock.now();
        let issuer = self.issuer.name.to_string();
        let outcome = match self.fetch_all().await {
            Ok((document, keys)) => {
                let answer = Answer { document: Arc::new(document), keys: Arc::new(keys), at };
                self.memory.lock().unwrap_or_else(PoisonError::into_inner).answer = Some(answer);
                "success"
            }
            Err(error) => {
                tracing::warn!(issuer, error, "the issuer's keys could not be read");
                "failure"
            }
        };
        metrics::counter!("waybill_federation_key_reads_total", "issuer" => issuer, "outcome" => outcome)
            .increment(1);
    }

    async fn fetch_all(&self) -> Result<(Document, Keys), String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let document = self.fetch.get(&self.issuer.url.discovery()).await.map_err(|error| text(&error))?;
        let document = Document::read(&document, &self.issuer.url).map_err(|error| text(&error))?;
        let keys = self.fetch.get(&document.jwks_uri).await.map_err(|error| text(&error))?;
        Ok((document, Keys::read(&keys).map_err(|error| text(&error))?))
    }
}

/// RFC 6749, section 2.3.1: both are form-encoded before they are joined.
fn basic(log_in: &LogIn, secret: &SecretString) -> SecretString {
    let plain = |text: &str| encode(&[("", text)]).trim_start_matches('=').to_owned();
    let joined = format!("{}:{}", plain(&log_in.client_id), plain(secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(joined)).into()
}

/// The `error` of an answer (RFC 6749, section 5.2), which is one of a few words; nothing else of it is logged.
fn error_code(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Body {
        error: String,
    }
    let code = serde_json::from_slice::<Body>(body).map(|body| body.error).unwrap_or_default();
    code.chars().filter(|c| c.is_ascii_lowercase() || *c == '_').take(40).collect()
}
