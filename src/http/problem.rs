//! The error form of `/api`: RFC 9457 problem details with a stable `code`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

/// What is said when too much is under way, and how long to wait then.
pub(super) const BUSY: &str = "too much is under way right now: try again";
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(1);

/// What is said when nothing may be changed.
pub(super) const READ_ONLY: &str =
    "nothing can be changed here right now, only read: its operator has to restore the database";

/// The body of an error answer (`application/problem+json`).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `about:blank`: the code says what a type URI would.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// Stable name of the error, for programs.
    code: &'static str,
    /// What is wrong and what to do, for people.
    detail: String,
}

/// An error answer of `/api`.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    retry_after: Option<Duration>,
    challenges: Vec<String>,
}

impl Problem {
    /// An answer with a stable code and a text that helps the person.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None, challenges: Vec::new() }
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 400, for what the edge could not parse.
    pub fn invalid(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail.to_string())
    }

    /// 500. The cause goes to the log, never to the client.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the request failed on our side; the log says why",
        )
    }

    /// 503: too much is under way, and the same request may work in a moment.
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", BUSY).retry_after(BUSY_WAIT)
    }

    /// 503: the database is frozen until its operator has restored it.
    pub fn read_only() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "read_only", READ_ONLY)
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Says how to log in; may be said more than once.
    #[must_use]
    pub fn challenge(mut self, challenge: impl Into<String>) -> Self {
        self.challenges.push(challenge.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(wait) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, wait.as_secs().max(1).to_string()));
        }
        for challenge in &self.challenges {
            response.append_header((header::WWW_AUTHENTICATE, challenge.as_str()));
        }
        response.content_type("application/problem+json").body(
            serde_json::to_string(&ProblemBody {
                kind: "about:blank",
                title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
                status: self.status.as_u16(),
                code: self.code,
                detail: self.detail.clone(),
            })
            .unwrap_or_default(),
        )
    }
}
