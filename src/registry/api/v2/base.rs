//! `GET /v2/`, and what is served nowhere below it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError as _};
use serde_json::json;

use crate::access::SignedIn;
use crate::http::{OciCode, OciError};

/// end-1: does this speak the protocol, and are the credentials good? Anonymous callers are challenged here even where a
/// public project would let them read, because clients look for the challenge nowhere else.
pub async fn check(_: SignedIn) -> HttpResponse {
    HttpResponse::Ok().json(json!({}))
}

/// No such path.
pub async fn unknown_path() -> HttpResponse {
    let why = "the distribution protocol has no such path";
    OciError::new(StatusCode::NOT_FOUND, OciCode::Unsupported, why).error_response()
}

/// The path is there, but not for this method.
pub async fn unknown_method() -> HttpResponse {
    let why = "the distribution protocol has no such method here";
    OciError::new(StatusCode::METHOD_NOT_ALLOWED, OciCode::Unsupported, why).error_response()
}
