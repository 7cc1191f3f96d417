//! The question that `/token` asks and federation answers: what an id token of somebody else's is exchanged for.

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;
use thiserror::Error;

use super::model::UserName;
use crate::http::Origin;

/// What a client shows and asks for (RFC 8693, section 2.1).
#[derive(Debug, Clone)]
pub struct ExchangeRequest {
    /// The id token.
    pub subject_token: SecretString,
    /// Less than the rule allows.
    pub scope: Option<String>,
    /// The id of the rule that is meant, where several accept the token.
    pub rule: Option<String>,
}

/// What it gets.
pub struct Exchanged {
    /// A token of a service account.
    pub token: SecretString,
    /// How long it is good.
    pub lifetime: Duration,
    /// How far it reaches, as scopes are written.
    pub scope: String,
    /// The service account's name: what clients log in as that ask for one.
    pub username: UserName,
}

/// Why it gets nothing. All but the last are told to the client.
#[derive(Debug, Error)]
pub enum ExchangeError {
    /// The request is not clear.
    #[error("{0}")]
    Request(String),
    /// The token is not accepted.
    #[error("{0}")]
    Grant(String),
    /// The scope can't be had.
    #[error("{0}")]
    Scope(String),
    /// Its issuer can't be asked right now.
    #[error("{0}")]
    Unavailable(String),
    /// It can't be told. Its cause is for the log.
    #[error("{0}")]
    Failed(String),
}

/// Knows what id tokens are worth.
#[async_trait]
pub trait TokenExchange: Send + Sync {
    /// Exchanges an id token.
    ///
    /// # Errors
    /// When there is nothing to be had for it.
    async fn exchange(&self, request: ExchangeRequest, origin: Origin) -> Result<Exchanged, ExchangeError>;
}
