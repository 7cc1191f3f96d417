//! Entity tags (RFC 9110, section 8.8.3). What a digest names never changes, so the digest is the tag; of what is edited, the
//! revision is.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{IF_MATCH, IF_NONE_MATCH};

use super::Problem;

/// The entity tag of a content.
pub fn etag(value: impl std::fmt::Display) -> String {
    format!("\"{value}\"")
}

/// Whether the client holds this content already (`If-None-Match`), so that 304 will do.
pub fn none_match(request: &HttpRequest, etag: &str) -> bool {
    request
        .headers()
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|candidate| candidate.trim().trim_start_matches("W/"))
        .any(|candidate| candidate == "*" || candidate == etag)
}

/// The revision of `what` that an edit names by `If-Match` (RFC 9110, section 13.1.1), if it names any. `*` is not accepted:
/// it would edit whatever is there.
///
/// # Errors
/// 412 when it holds no entity tag of a revision.
pub fn edited_revision(request: &HttpRequest, what: &str) -> Result<Option<i64>, Problem> {
    let Some(header) = request.headers().get(IF_MATCH) else { return Ok(None) };
    let tag = header.to_str().ok().and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'));
    tag.and_then(|revision| revision.parse().ok()).map(Some).ok_or_else(|| {
        Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "stale_revision",
            format!("If-Match must hold the ETag of {what}, with its quotes"),
        )
    })
}

/// 428, for an edit of `what` without `If-Match`.
pub fn revision_unsaid(what: &str) -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_REQUIRED,
        "precondition_required",
        format!("say which revision you edit: send the ETag of {what} as If-Match"),
    )
}
