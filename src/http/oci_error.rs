//! The error form of `/v2` (distribution spec, "Error codes").

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde_json::{Value, json};

use super::problem::{BUSY, BUSY_WAIT, READ_ONLY};

/// The spec's error codes that Waybill answers with, and `UNKNOWN` for what the spec has no code for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OciCode {
    /// The blob is not in the repository.
    BlobUnknown,
    /// The upload can't go on like this.
    BlobUploadInvalid,
    /// No such upload session.
    BlobUploadUnknown,
    /// The digest is malformed or does not match the content.
    DigestInvalid,
    /// The manifest names a blob that the repository does not hold.
    ManifestBlobUnknown,
    /// The manifest can't be accepted.
    ManifestInvalid,
    /// The manifest is not in the repository.
    ManifestUnknown,
    /// The repository name is malformed.
    NameInvalid,
    /// No such repository.
    NameUnknown,
    /// The content is too large, or not as long as announced.
    SizeInvalid,
    /// The tag is malformed, or the project's rules refuse it.
    TagInvalid,
    /// Nobody is logged in.
    Unauthorized,
    /// The caller may not do that.
    Denied,
    /// Waybill does not do that.
    Unsupported,
    /// Try again later.
    TooManyRequests,
    /// A failure on our side.
    Unknown,
}

impl OciCode {
    /// The code as it stands in the answer.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestBlobUnknown => "MANIFEST_BLOB_UNKNOWN",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::NameUnknown => "NAME_UNKNOWN",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::TagInvalid => "TAG_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// An error answer of `/v2`.
#[derive(Debug)]
pub struct OciError {
    status: StatusCode,
    code: OciCode,
    message: String,
    detail: Value,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl OciError {
    /// An answer with a message that helps the person; causes of a 5xx belong into the log instead.
    pub fn new(status: StatusCode, code: OciCode, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: Value::Null, headers: Vec::new() }
    }

    /// 503: too much is under way, and the same request may work in a moment.
    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, OciCode::Unknown, BUSY).retry_after(BUSY_WAIT)
    }

    /// 503: the database is frozen until its operator has restored it.
    pub fn read_only() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, OciCode::Unknown, READ_ONLY)
    }

    /// Adds machine-readable detail.
    #[must_use]
    pub fn detail(mut self, detail: Value) -> Self {
        self.detail = detail;
        self
    }

    /// Adds a header; one whose value can't be a header is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.push((name, value));
        }
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(self, wait: Duration) -> Self {
        self.header(header::RETRY_AFTER, wait.as_secs().max(1).to_string())
    }
}

impl std::fmt::Display for OciError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl ResponseError for OciError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut error = json!({ "code": self.code.as_str(), "message": self.message });
        if !self.detail.is_null() {
            error["detail"] = self.detail.clone();
        }
        let mut response = HttpResponse::build(self.status);
        for header in &self.headers {
            response.append_header(header.clone());
        }
        response.json(json!({ "errors": [error] }))
    }
}
