//! Why a caller was turned away, and its two HTTP forms.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::WWW_AUTHENTICATE;
use thiserror::Error;

use crate::http::{OciCode, OciError, Problem};
use crate::types::NameError;

/// How to log in: sent with every 401.
const CHALLENGE: &str = "Basic realm=\"waybill\", charset=\"UTF-8\"";

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
    /// Too many failures of late.
    #[error("too many failed log-ins: wait {} seconds and try again", .wait.as_secs().max(1))]
    TooManyAttempts {
        /// How long to wait.
        wait: Duration,
    },
    /// Logged in, but without the right. Also said of what does not exist, so that names can't be probed.
    #[error("you may not do that here: ask an owner of the project for a role that allows it")]
    Denied,
    /// The name in the path is no name.
    #[error(transparent)]
    BadName(#[from] NameError),
    /// Rights could not be looked up. Its cause is for the log.
    #[error("{0}")]
    Failed(String),
}

impl AccessError {
    const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthenticated | Self::BadCredentials => StatusCode::UNAUTHORIZED,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Denied => StatusCode::FORBIDDEN,
            Self::BadName(_) => StatusCode::BAD_REQUEST,
            Self::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What the client is told.
    fn message(&self) -> String {
        match self {
            Self::Failed(cause) => {
                tracing::error!(%cause, "rights could not be looked up");
                "rights can't be checked right now: try again".to_owned()
            }
            told => told.to_string(),
        }
    }
}

impl From<AccessError> for OciError {
    fn from(error: AccessError) -> Self {
        let code = match error {
            AccessError::Unauthenticated | AccessError::BadCredentials => OciCode::Unauthorized,
            AccessError::TooManyAttempts { .. } => OciCode::TooManyRequests,
            AccessError::Denied => OciCode::Denied,
            AccessError::BadName(_) => OciCode::NameInvalid,
            AccessError::Failed(_) => OciCode::Unknown,
        };
        let answer = Self::new(error.status(), code, error.message());
        match error {
            AccessError::Unauthenticated | AccessError::BadCredentials => {
                answer.header(WWW_AUTHENTICATE, CHALLENGE)
            }
            AccessError::TooManyAttempts { wait } => answer.retry_after(wait),
            AccessError::Failed(_) => answer.retry_after(RETRY),
            _ => answer,
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let code = match error {
            AccessError::Unauthenticated | AccessError::BadCredentials => "unauthenticated",
            AccessError::TooManyAttempts { .. } => "too_many_attempts",
            AccessError::Denied => "denied",
            AccessError::BadName(_) => "invalid_name",
            AccessError::Failed(_) => "unavailable",
        };
        let answer = Self::new(error.status(), code, error.message());
        match error {
            AccessError::Unauthenticated | AccessError::BadCredentials => answer.challenge(CHALLENGE),
            AccessError::TooManyAttempts { wait } => answer.retry_after(wait),
            AccessError::Failed(_) => answer.retry_after(RETRY),
            _ => answer,
        }
    }
}
