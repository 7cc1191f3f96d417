//! Requests to a log: within a time and a size, tried again when that may help.

use std::time::Duration;

use bytes::Bytes;
use rand::RngExt;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::sleep;

use crate::http::{AnswerError, is_safe, read_answer};
use crate::ledger::verify::VerifyError;

/// How long a request may take, and how long a connection until it stands.
const WHOLE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// Tries, and the wait before the second; it doubles.
const TRIES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Who reads entries.
pub enum Access {
    /// By name and password.
    User {
        /// The name.
        name: String,
        /// The password.
        password: SecretString,
    },
    /// By a token.
    Token(SecretString),
}

/// A client of one log.
pub struct Fetch {
    client: Client,
    base: String,
    access: Option<Access>,
}

/// Why there is no answer.
enum Failed {
    /// The same may work in a moment.
    Passing(String),
    /// It won't.
    Final(String),
}

impl Fetch {
    /// Of the log at `url`, with what this machine trusts in.
    pub fn new(url: &str, access: Option<Access>) -> Result<Self, VerifyError> {
        let refused = |why: &str| VerifyError::Site { url: url.to_owned(), why: why.to_owned() };
        let parsed =
            Url::parse(url).map_err(|_| refused("it is no URL, such as https://registry.example.org"))?;
        if !["http", "https"].contains(&parsed.scheme()) {
            return Err(refused("a log is read by http or https"));
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(refused("a secret has no place in a URL: use --user"));
        }
        if access.is_some() && !is_safe(&parsed) {
            return Err(refused("a password or token is sent by https only"));
        }
        let client = Client::builder().redirect(Policy::none()).connect_timeout(CONNECT).timeout(WHOLE);
        let client = client.user_agent(concat!("waybill/", env!("CARGO_PKG_VERSION"))).build();
        let client = client.map_err(|error| refused(&error.to_string()))?;
        Ok(Self { client, base: format!("{}/ledger", url.trim_end_matches('/')), access })
    }

    /// Whether entries may be asked for.
    pub const fn has_access(&self) -> bool {
        self.access.is_some()
    }

    /// An error of a path.
    pub fn failed(&self, path: &str, why: &str) -> VerifyError {
        VerifyError::Site { url: format!("{}/{path}", self.base), why: why.to_owned() }
    }

    /// GET of a path below `/ledger/`, of at most so many bytes.
    pub async fn get(&self, path: &str, limit: usize) -> Result<Bytes, VerifyError> {
        let mut wait = FIRST_WAIT;
        for _ in 1..TRIES {
            match self.send(path, limit).await {
                Ok(bytes) => return Ok(bytes),
                Err(Failed::Final(why)) => return Err(self.failed(path, &why)),
                Err(Failed::Passing(_)) => {}
            }
            let jitter = rand::rng().random_range(1.0..1.5);
            sleep(wait.mul_f64(jitter)).await;
            wait *= 2;
        }
        match self.send(path, limit).await {
            Ok(bytes) => Ok(bytes),
            Err(Failed::Final(why) | Failed::Passing(why)) => Err(self.failed(path, &why)),
        }
    }

    async fn send(&self, path: &str, limit: usize) -> Result<Bytes, Failed> {
        let passing = |error: reqwest::Error| Failed::Passing(cause(&error.without_url()));
        let request = self.client.get(format!("{}/{path}", self.base));
        // Hashes are open to all: whoever does not ask for secrets gets none.
        let request = match self.access.as_ref().filter(|_| path.starts_with("tile/entries/")) {
            Some(Access::User { name, password }) => request.basic_auth(name, Some(password.expose_secret())),
            Some(Access::Token(token)) => request.bearer_auth(token.expose_secret()),
            None => request,
        };
        let answer = request.send().await.map_err(passing)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                let why = "it is refused: reading entries needs the role auditor in the organisation; without --user \
                           only hashes are verified";
                return Err(Failed::Final(why.to_owned()));
            }
            status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                return Err(Failed::Passing(format!("it answered {status}")));
            }
            status => return Err(Failed::Final(format!("it answered {status}"))),
        }
        let body = read_answer(answer, limit).await.map_err(|error| match error {
            AnswerError::TooLarge => Failed::Final(format!("it answered with more than {limit} bytes")),
            AnswerError::Broken(error) => passing(error),
        })?;
        Ok(body.into())
    }
}

/// The innermost cause: the outer ones say little.
fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
