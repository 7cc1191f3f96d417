//! Parameters and headers that several handlers share.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_RANGE, HeaderName};

use crate::http::{OciCode, OciError};
use crate::types::{ChunkRange, Digest, DigestError, Reference, ReferenceError, RepoName, UploadId};

/// The digest of what is answered with, or was stored.
pub const DOCKER_CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
/// The namespace that a mirror was asked for.
pub const OCI_NAMESPACE: HeaderName = HeaderName::from_static("oci-namespace");

/// `{digest}` in the path.
pub fn digest(request: &HttpRequest) -> Result<Digest, OciError> {
    parse_digest(request.match_info().query("digest"))
}

/// A digest in a query.
pub fn parse_digest(text: &str) -> Result<Digest, OciError> {
    text.parse().map_err(|error: DigestError| bad(OciCode::DigestInvalid, &error))
}

/// `{reference}` in the path.
pub fn reference(request: &HttpRequest) -> Result<Reference, OciError> {
    request.match_info().query("reference").parse().map_err(|error| match error {
        ReferenceError::Digest(error) => bad(OciCode::DigestInvalid, &error),
        ReferenceError::Tag(error) => bad(OciCode::TagInvalid, &error),
    })
}

/// `{upload}` in the path. What is no id can't be a session, so it is as unknown as one that has ended.
pub fn upload(request: &HttpRequest) -> Result<UploadId, OciError> {
    request.match_info().query("upload").parse().map_err(|_| {
        OciError::new(
            StatusCode::NOT_FOUND,
            OciCode::BlobUploadUnknown,
            "no such upload session: start a new upload",
        )
    })
}

/// The Content-Range of a chunk.
pub fn chunk(request: &HttpRequest) -> Result<Option<ChunkRange>, OciError> {
    let Some(header) = request.headers().get(CONTENT_RANGE) else { return Ok(None) };
    let text = header.to_str().unwrap_or_default();
    text.parse().map(Some).map_err(|error| {
        OciError::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            OciCode::BlobUploadInvalid,
            format!("Content-Range: {error}"),
        )
    })
}

/// A 400.
pub fn bad(code: OciCode, why: &dyn std::fmt::Display) -> OciError {
    OciError::new(StatusCode::BAD_REQUEST, code, why.to_string())
}

/// The `Range` of a session: inclusive, and `0-0` for an empty one, as the spec has it.
pub fn received_range(received: u64) -> String {
    format!("0-{}", received.saturating_sub(1))
}

/// Where a blob is.
pub fn blob_location(name: &RepoName, digest: &Digest) -> String {
    format!("/v2/{name}/blobs/{digest}")
}

/// A 500 whose cause is in the log.
pub fn internal() -> OciError {
    OciError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        OciCode::Unknown,
        "the request failed on our side; the log says why",
    )
}
