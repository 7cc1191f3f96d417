//! Requests to issuers: over TLS, without redirects, within a time and a size.

use std::time::Duration;

use rand::RngExt;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::time::sleep;

use crate::federation::model::SetupError;
use crate::http::{AnswerError, is_safe, read_answer};

/// How long a request may take, and how long a connection until it stands.
const WHOLE: Duration = Duration::from_secs(5);
const CONNECT: Duration = Duration::from_secs(3);
/// Largest answer in bytes; key sets and documents have some ten thousand.
const MAX_ANSWER: usize = 512 * 1024;
/// Tries of what may be asked again, and the wait before the second; it doubles.
const TRIES: u32 = 3;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Why an issuer gave no answer that is of use. For the log.
#[derive(Debug, Error)]
pub enum FetchError {
    /// A URL that nothing is sent to.
    #[error("the URL '{0}' is neither https nor on this machine")]
    Unsafe(String),
    /// No answer.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// None in time. Asked again, it would only make the client wait as long once more.
    #[error("no answer within {WHOLE:?}")]
    Slow,
    /// Another status than 200.
    #[error("answered {status}")]
    Status {
        /// Which.
        status: u16,
        /// The beginning of the answer.
        body: Vec<u8>,
    },
    /// More than is read.
    #[error("answered with more than {MAX_ANSWER} bytes")]
    TooLarge,
}

impl FetchError {
    /// Whether the same may work in a moment.
    const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable(_) | Self::Status { status: 429 | 500.., .. })
    }
}

/// The client for all issuers.
#[derive(Clone)]
pub struct Fetch(Client);

impl Fetch {
    /// With what this machine trusts in.
    pub fn new() -> Result<Self, SetupError> {
        let client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).timeout(WHOLE);
        let client = client.user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION")));
        Ok(Self(client.build().map_err(|error| SetupError::Client(error.to_string()))?))
    }

    /// GET of a JSON text, tried again when that may help.
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let url = safe(url)?;
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match send(self.0.get(url.clone())).await {
                Err(error) if error.is_passing() => {}
                outcome => return outcome,
            }
            let jitter = rand::rng().random_range(1.0..1.5);
            sleep(wait.mul_f64(jitter)).await;
            wait *= 2;
        }
        send(self.0.get(url)).await
    }

    /// POST of a form, once: a code is good for one request.
    pub async fn post(
        &self,
        url: &str,
        form: &[(&str, &str)],
        authorization: Option<SecretString>,
    ) -> Result<Vec<u8>, FetchError> {
        let request = self.0.post(safe(url)?).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = match authorization {
            Some(value) => request.header(AUTHORIZATION, value.expose_secret()),
            None => request,
        };
        send(request.body(encode(form))).await
    }
}

fn safe(url: &str) -> Result<Url, FetchError> {
    Url::parse(url).ok().filter(is_safe).ok_or_else(|| FetchError::Unsafe(url.to_owned()))
}

async fn send(request: RequestBuilder) -> Result<Vec<u8>, FetchError> {
    // Causes of reqwest may hold the URL, whose query is not ours to log.
    let unreachable = |error: reqwest::Error| match error.is_timeout() {
        true => FetchError::Slow,
        false => FetchError::Unreachable(error.without_url().to_string()),
    };
    let answer = request.header(ACCEPT, "application/json").send().await.map_err(unreachable)?;
    let status = answer.status().as_u16();
    let body = read_answer(answer, MAX_ANSWER).await.map_err(|error| match error {
        AnswerError::TooLarge => FetchError::TooLarge,
        AnswerError::Broken(error) => unreachable(error),
    })?;
    if status == 200 { Ok(body) } else { Err(FetchError::Status { status, body }) }
}

/// `application/x-www-form-urlencoded`.
pub fn encode(pairs: &[(&str, &str)]) -> String {
    Url::parse_with_params("http://localhost", pairs)
        .ok()
        .and_then(|url| url.query().map(str::to_owned))
        .unwrap_or_default()
}
