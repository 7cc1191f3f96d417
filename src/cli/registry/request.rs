//! Requests to a registry: within a time and a size, tried again when that may help.

use std::time::Duration;

use bytes::Bytes;
use rand::RngExt as _;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Method, Response, StatusCode, Url};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use tokio::time::sleep;

use super::RegistryError;
use crate::http::{AnswerError, is_safe, read_answer};
use crate::ledger::verify::Access;

/// How long a request may take, or the wait for the next bytes of a long answer; and how long a connection until it stands.
const WHOLE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(10);
/// Tries, and the wait before the second; it doubles.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// How often an answer may point elsewhere.
const HOPS: usize = 3;
/// Bytes that are read of a refusal.
const MAX_REFUSAL: usize = 64 << 10;

/// What is asked.
pub struct Ask<'a> {
    /// How.
    pub method: Method,
    /// The path, from the slash on, with its query.
    pub path: &'a str,
    /// Media types that will do.
    pub accept: &'a str,
    /// What is sent, and its media type. It may be sent several times.
    pub body: Option<(&'a str, Bytes)>,
    /// Most bytes of the answer.
    pub limit: usize,
}

/// An answer, read whole.
pub struct Answer {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its bytes.
    pub body: Bytes,
    /// Whether it says that something is there now.
    pub is_created: bool,
}

/// Sends requests to one registry.
pub struct Requests {
    client: Client,
    base: String,
    access: Option<Access>,
}

/// Why there is no answer.
enum Failed {
    /// The same may work in a moment.
    Passing(RegistryError),
    /// It won't.
    Final(RegistryError),
}

impl Failed {
    fn into_error(self) -> RegistryError {
        let (Self::Passing(error) | Self::Final(error)) = self;
        error
    }
}

#[derive(Deserialize)]
struct Refusal {
    errors: Vec<RefusalError>,
}

#[derive(Deserialize)]
struct RefusalError {
    code: String,
    #[serde(default)]
    message: String,
}

impl Requests {
    /// To the registry at `base`, such as `https://registry.example.org`, with what this machine trusts in.
    pub fn new(base: &str, access: Option<Access>) -> Result<Self, RegistryError> {
        let refused = |why: &str| RegistryError::Refused(format!("{base}: {why}"));
        let url = Url::parse(base).map_err(|_| refused("this can't be the name of a registry"))?;
        if access.is_some() && !is_safe(&url) {
            return Err(refused("a password or token is sent by https only"));
        }
        // Blobs may lie in a bucket. A secret does not follow to another host, and what comes is held against its digest.
        let client = Client::builder().redirect(Policy::custom(follow)).connect_timeout(CONNECT);
        let client = client.read_timeout(WHOLE).user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION")));
        let client = client.build().map_err(|error| refused(&error.to_string()))?;
        Ok(Self { client, base: base.to_owned(), access })
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Sends it until there is an answer, within reason.
    pub async fn send(&self, ask: &Ask<'_>) -> Result<Answer, RegistryError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match self.once(ask).await {
                Ok(answer) => return Ok(answer),
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Passing(_)) => {}
            }
            let jitter = rand::rng().random_range(1.0..1.5);
            sleep(wait.mul_f64(jitter)).await;
            wait *= 2;
        }
        self.once(ask).await.map_err(Failed::into_error)
    }

    async fn once(&self, ask: &Ask<'_>) -> Result<Answer, Failed> {
        let url = self.url(ask.path);
        let broken = |error: reqwest::Error| Failed::Passing(unreachable(&url, error));
        let answer = self.begin(ask, Some(WHOLE)).await?;
        let (headers, is_created) = (answer.headers().clone(), answer.status() == StatusCode::CREATED);
        let body = read_answer(answer, ask.limit).await.map_err(|error| match error {
            AnswerError::TooLarge => {
                Failed::Final(RegistryError::TooLarge { url: url.clone(), limit: ask.limit })
            }
            AnswerError::Broken(error) => broken(error),
        })?;
        Ok(Answer { headers, body: body.into(), is_created })
    }

    /// Sends it once; returns a good answer whose body is still to come.
    async fn begin(&self, ask: &Ask<'_>, within: Option<Duration>) -> Result<Response, Failed> {
        let url = self.url(ask.path);
        let mut request = self.client.request(ask.method.clone(), &url).header(ACCEPT, ask.accept);
        request = match &self.access {
            Some(Access::User { name, password }) => request.basic_auth(name, Some(password.expose_secret())),
            Some(Access::Token(token)) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        if let Some(within) = within {
            request = request.timeout(within);
        }
        if let Some((media_type, bytes)) = &ask.body {
            request = request.header(CONTENT_TYPE, *media_type).body(bytes.clone());
        }
        let answer = request.send().await.map_err(|error| Failed::Passing(unreachable(&url, error)))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if status == StatusCode::NOT_FOUND {
            return Err(Failed::Final(RegistryError::Missing(url)));
        }
        let says = read_answer(answer, MAX_REFUSAL).await.ok().and_then(|body| refusal(&body));
        let why = says
            .map_or_else(|| format!("it answered {status}"), |says| format!("it answered {status}: {says}"));
        if status == StatusCode::FORBIDDEN {
            return Err(Failed::Final(RegistryError::Denied { url, why }));
        }
        let error = RegistryError::Answer { url, why };
        let may_pass = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Err(if may_pass { Failed::Passing(error) } else { Failed::Final(error) })
    }

    /// Sends it; the body is still to come, and takes as long as it takes.
    pub async fn open(&self, ask: &Ask<'_>) -> Result<Response, RegistryError> {
        self.begin(ask, None).await.map_err(Failed::into_error)
    }
}

/// Where an answer may point: not from TLS to none.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let was_safe = attempt.previous().last().is_some_and(|url| url.scheme() == "https");
    if attempt.previous().len() > HOPS || was_safe && attempt.url().scheme() != "https" {
        return attempt.stop();
    }
    attempt.follow()
}

fn refusal(body: &[u8]) -> Option<String> {
    let Refusal { errors } = serde_json::from_slice(body).ok()?;
    let error = errors.into_iter().next()?;
    Some(format!("{}: {}", error.code, error.message))
}

fn unreachable(url: &str, error: reqwest::Error) -> RegistryError {
    if error.is_timeout() {
        return RegistryError::Slow { url: url.to_owned(), waited: WHOLE };
    }
    RegistryError::Answer { url: url.to_owned(), why: cause(&error.without_url()) }
}

/// The innermost cause: the outer ones say little.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
