//! `GET /v2/`: does this speak the protocol, and are the credentials good? Anonymous callers are challenged here even
//! where a public project would let them read, because clients look for the challenge nowhere else.

use actix_web::HttpResponse;
use actix_web::http::header::HeaderName;

use crate::access::SignedIn;

const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// end-1.
pub async fn check(_: SignedIn) -> HttpResponse {
    HttpResponse::Ok().insert_header((API_VERSION, "registry/2.0")).json(serde_json::json!({}))
}
