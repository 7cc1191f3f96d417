//! `GET` and `HEAD /v2/<name>/blobs/<digest>` (end-2).

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, LOCATION, RANGE,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};

use super::params::{self, DOCKER_CONTENT_DIGEST};
use crate::access::{Allowed, demands};
use crate::http::{OciCode, OciError, announced, etag, none_match};
use crate::registry::Registry;
use crate::registry::service::BlobRead;
use crate::types::{ByteRange, Digest, RangeError, RepoName, ResolvedRange};

/// What a digest names never changes; who may read it does, so shared caches must not keep it.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// The content, or a range of it.
pub async fn get(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let digest = params::digest(&request)?;
    let blob = registry.find_blob(&allowed.scope, &digest).await?;
    serve(&registry, &request, &digest, blob).await
}

/// Whether it is there, and how long.
pub async fn head(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let digest = params::digest(&request)?;
    let blob = registry.find_blob(&allowed.scope, &digest).await?;
    Ok(announce(&request, &digest, blob))
}

/// Answers a GET of a blob that may be read.
pub(super) async fn serve(
    registry: &Registry,
    request: &HttpRequest,
    digest: &Digest,
    blob: BlobRead,
) -> Result<HttpResponse, OciError> {
    if none_match(request, &etag(digest)) {
        return Ok(unchanged(digest));
    }
    let range = range(request, digest, blob.size())?;
    if let Some(address) = registry.blob_address(blob).await? {
        return Ok(elsewhere(digest, &address));
    }
    let mut response = HttpResponse::build(range.map_or(StatusCode::OK, |_| StatusCode::PARTIAL_CONTENT));
    if let Some(ResolvedRange { start, end }) = range {
        response.insert_header((CONTENT_RANGE, format!("bytes {start}-{}/{}", end - 1, blob.size())));
    }
    let sent = range.unwrap_or(ResolvedRange { start: 0, end: blob.size() });
    let bytes = registry.read_blob(blob, sent).await?;
    metrics::counter!("waybill_pull_bytes_total").increment(sent.len());
    describe(&mut response, digest);
    Ok(response.body(SizedStream::new(sent.len(), bytes)))
}

/// Answers a HEAD likewise.
pub(super) fn announce(request: &HttpRequest, digest: &Digest, blob: BlobRead) -> HttpResponse {
    if none_match(request, &etag(digest)) {
        return unchanged(digest);
    }
    let mut response = HttpResponse::Ok();
    describe(&mut response, digest);
    response.body(announced(blob.size()))
}

/// 307: the client asks the bucket, with its `Range`. The address ends soon, so it must not be kept.
fn elsewhere(digest: &Digest, address: &str) -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, address))
        .insert_header((DOCKER_CONTENT_DIGEST, digest.as_str()))
        .insert_header((CACHE_CONTROL, "no-store"))
        .finish()
}

/// 304: the client holds it already.
fn unchanged(digest: &Digest) -> HttpResponse {
    let mut response = HttpResponse::NotModified();
    describe(&mut response, digest);
    response.finish()
}

fn describe(response: &mut HttpResponseBuilder, digest: &Digest) {
    response
        .insert_header((CONTENT_TYPE, "application/octet-stream"))
        .insert_header((DOCKER_CONTENT_DIGEST, digest.as_str()))
        .insert_header((ETAG, etag(digest)))
        .insert_header((ACCEPT_RANGES, "bytes"))
        .insert_header((CACHE_CONTROL, FOREVER));
}

fn range(request: &HttpRequest, digest: &Digest, size: u64) -> Result<Option<ResolvedRange>, OciError> {
    let Some(header) = request.headers().get(RANGE) else { return Ok(None) };
    // If-Range of another content asks for the whole of this one (RFC 9110, section 13.1.5).
    if request
        .headers()
        .get(IF_RANGE)
        .is_some_and(|condition| condition.as_bytes() != etag(digest).as_bytes())
    {
        return Ok(None);
    }
    let parsed = ByteRange::parse_header(header.to_str().unwrap_or_default());
    let resolved = parsed.and_then(|range| range.map(|range| range.resolve(size)).transpose());
    resolved.map_err(|error| match error {
        RangeError::Malformed => params::bad(OciCode::SizeInvalid, &error),
        RangeError::Unsatisfiable => {
            OciError::new(StatusCode::RANGE_NOT_SATISFIABLE, OciCode::SizeInvalid, error.to_string())
                .header(CONTENT_RANGE, format!("bytes */{size}"))
        }
    })
}
