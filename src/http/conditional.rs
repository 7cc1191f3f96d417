//! Entity tags (RFC 9110, section 8.8.3). What a digest names never changes, so the digest is the tag.

use actix_web::HttpRequest;
use actix_web::http::header::IF_NONE_MATCH;

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
