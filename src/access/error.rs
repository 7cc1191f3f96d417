//! Why a caller was turned away, and its two HTTP forms.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use thiserror::Error;

use super::challenge::{BASIC, Challenge};
use crate::http::{OciCode, OciError, Problem};
use crate::types::{EnvironmentNameError, NameError};

/// When to try again, if rights could not be looked up.
const RETRY: Duration = Duration::from_secs(1);

/// Why a caller was turned away.
#[derive(Debug, Error)]
pub enum AccessError {
    /// Nobody is logged in, and that is not enough.
    #[error("log in first")]
    Unauthenticated,
    /// Name or password is wrong; which of the two is not said.
    #[error("the user name or the password is wrong")]
    BadCredentials,
    /// The token is forged, expired or revoked; which of these is not said.
    #[error("the token is not valid, or not any more: get another one")]
    InvalidToken,
    /// The account has the right, but the access token was not granted it.
    #[error("the access token was not granted that: get another one, for this scope")]
    InsufficientScope,
    /// The account has the right, but its token is narrowed to less.
    #[error("this token is narrowed to less than that: use one that reaches so far")]
    TooNarrow,
    /// An access token of the registry was shown elsewhere.
    #[error("access tokens are for the registry: use a personal token or one of a service account here")]
    RegistryOnly,
    /// Too many failures of late.
    #[error("too many failed log-ins: wait {} seconds and try again", .wait.as_secs().max(1))]
    TooManyAttempts {
        /// How long to wait.
        wait: Duration,
    },
    /// More log-ins at once than can be verified.
    #[error("too many log-ins at once: wait {} seconds and try again, or use tokens, which cost less", .wait.as_secs().max(1))]
    Busy {
        /// How long to wait.
        wait: Duration,
    },
    /// Logged in, but without the right. Also said of what does not exist, so that names can't be probed.
    #[error(
        "you may not do that here: ask an owner of the project, or who administers the organisation, for a role that allows it"
    )]
    Denied,
    /// The name in the path is no name.
    #[error(transparent)]
    BadName(#[from] NameError),
    /// The name of an environment in the path is none.
    #[error(transparent)]
    BadEnvironment(#[from] EnvironmentNameError),
    /// Rights could not be looked up. Its cause is for the log.
    #[error("{0}")]
    Failed(String),
}

impl AccessError {
    /// Its status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated
            | Self::BadCredentials
            | Self::InvalidToken
            | Self::InsufficientScope
            | Self::RegistryOnly => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Denied | Self::TooNarrow => StatusCode::FORBIDDEN,
            Self::BadName(_) | Self::BadEnvironment(_) => StatusCode::BAD_REQUEST,
            Self::Busy { .. } | Self::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What the client is told; causes of a failure go to the log.
    pub fn message(&self) -> String {
        match self {
            Self::Failed(cause) => {
                tracing::error!(%cause, "rights could not be looked up");
                "rights can't be checked right now: try again".to_owned()
            }
            told => told.to_string(),
        }
    }
}

impl AccessError {
    /// When to try again, if that may help.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyAttempts { wait } | Self::Busy { wait } => Some(*wait),
            Self::Failed(_) => Some(RETRY),
            _ => None,
        }
    }

    /// As `/v2` says it; a 401 says with `challenge` how to do better.
    pub(super) fn into_oci(self, challenge: Option<&Challenge>) -> OciError {
        let code = match self {
            Self::TooManyAttempts { .. } => OciCode::TooManyRequests,
            Self::Denied | Self::TooNarrow => OciCode::Denied,
            Self::BadName(_) | Self::BadEnvironment(_) => OciCode::NameInvalid,
            Self::Busy { .. } | Self::Failed(_) => OciCode::Unknown,
            Self::Unauthenticated
            | Self::BadCredentials
            | Self::InvalidToken
            | Self::InsufficientScope
            | Self::RegistryOnly => OciCode::Unauthorized,
        };
        let status = self.status();
        let answer = OciError::new(status, code, self.message());
        match self.retry_after() {
            Some(wait) => answer.retry_after(wait),
            None if status == StatusCode::UNAUTHORIZED => {
                let challenge = challenge.map_or_else(|| BASIC.to_owned(), ToString::to_string);
                answer.header(WWW_AUTHENTICATE, challenge)
            }
            None => answer,
        }
    }

    /// As `/api` says it, likewise. Browsers know Basic only, so that is offered too.
    pub(super) fn into_problem(self, challenge: Option<&Challenge>) -> Problem {
        let code = match self {
            Self::Unauthenticated | Self::BadCredentials => "unauthenticated",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::RegistryOnly => "registry_only",
            Self::TooNarrow => "token_too_narrow",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Denied => "denied",
            Self::BadName(_) | Self::BadEnvironment(_) => "invalid_name",
            Self::Busy { .. } | Self::Failed(_) => "unavailable",
        };
        let status = self.status();
        let answer = Problem::new(status, code, self.message());
        match self.retry_after() {
            Some(wait) => answer.retry_after(wait),
            None if status == StatusCode::UNAUTHORIZED => {
                let answer = answer.challenge(BASIC);
                challenge.into_iter().fold(answer, |answer, bearer| answer.challenge(bearer.to_string()))
            }
            None => answer,
        }
    }
}

impl From<AccessError> for OciError {
    fn from(error: AccessError) -> Self {
        error.into_oci(None)
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        error.into_problem(None)
    }
}
