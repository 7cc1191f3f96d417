//! Upload sessions: `/v2/<name>/blobs/uploads/` (end-4, end-5, end-6, end-13, end-14).

use actix_web::http::header::{LOCATION, RANGE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

use super::mount;
use super::params::{self, DOCKER_CONTENT_DIGEST};
use crate::access::{Allowed, demands};
use crate::blobs::{BlobError, Progress};
use crate::http::{OciCode, OciError, RequestBody};
use crate::registry::Registry;
use crate::registry::error::RegistryError;
use crate::types::{Algorithm, Digest, RepoName, UploadId};

/// What a POST may ask for.
#[derive(Deserialize)]
pub struct StartQuery {
    digest: Option<String>,
    #[serde(rename = "digest-algorithm")]
    digest_algorithm: Option<String>,
    mount: Option<String>,
    from: Option<String>,
}

/// What a PUT must say.
#[derive(Deserialize)]
pub struct FinishQuery {
    digest: Option<String>,
}

/// POST: opens a session, or takes a whole blob (`digest`), or mounts one (`mount`).
pub async fn start(
    allowed: Allowed<demands::Push, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<StartQuery>,
    body: RequestBody,
) -> Result<HttpResponse, OciError> {
    let Allowed { caller, scope: name, .. } = allowed;
    if let Some(digest) = &query.mount {
        let digest = params::parse_digest(digest)?;
        if mount::mount(&registry, &caller, &name, &digest, query.from.as_deref()).await? {
            return Ok(created(&name, &digest));
        }
    } else if let Some(digest) = &query.digest {
        let digest = params::parse_digest(digest)?;
        registry.push_blob(&caller, &name, digest.clone(), body).await?;
        return Ok(created(&name, &digest));
    }
    let algorithm = match &query.digest_algorithm {
        Some(text) => text.parse().map_err(|error| params::bad(OciCode::DigestInvalid, &error))?,
        None => Algorithm::Sha256,
    };
    let progress = registry.start_upload(&caller, &name, algorithm).await?;
    Ok(session(HttpResponse::Accepted(), &name, progress))
}

/// GET: how far a session has come.
pub async fn status(
    allowed: Allowed<demands::Push, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let id = params::upload(&request)?;
    let progress = registry.upload_status(&allowed.caller, &allowed.scope, id).await?;
    Ok(session(HttpResponse::NoContent(), &allowed.scope, progress))
}

/// PATCH: appends a chunk.
pub async fn append(
    allowed: Allowed<demands::Push, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
    body: RequestBody,
) -> Result<HttpResponse, OciError> {
    let (id, chunk) = (params::upload(&request)?, params::chunk(&request)?);
    let appended = registry.append_upload(&allowed.caller, &allowed.scope, id, chunk, body).await;
    let progress = appended.map_err(|error| at_session(error, &allowed.scope, id))?;
    Ok(session(HttpResponse::Accepted(), &allowed.scope, progress))
}

/// PUT: appends what is left and closes the session.
pub async fn finish(
    allowed: Allowed<demands::Push, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<FinishQuery>,
    request: HttpRequest,
    body: RequestBody,
) -> Result<HttpResponse, OciError> {
    let (id, chunk) = (params::upload(&request)?, params::chunk(&request)?);
    let Some(digest) = &query.digest else {
        return Err(params::bad(
            OciCode::DigestInvalid,
            &"closing an upload needs ?digest=<digest of the blob>",
        ));
    };
    let digest = params::parse_digest(digest)?;
    let finished =
        registry.finish_upload(&allowed.caller, &allowed.scope, id, chunk, body, digest.clone()).await;
    finished.map_err(|error| at_session(error, &allowed.scope, id))?;
    Ok(created(&allowed.scope, &digest))
}

/// DELETE: gives a session up.
pub async fn cancel(
    allowed: Allowed<demands::Push, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    registry.cancel_upload(&allowed.caller, &allowed.scope, params::upload(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The session's own address is relative to the host, or clients would drop their credentials.
fn session(mut response: HttpResponseBuilder, name: &RepoName, progress: Progress) -> HttpResponse {
    response
        .insert_header((LOCATION, location(name, progress.id)))
        .insert_header((RANGE, params::received_range(progress.received)))
        .insert_header(("Docker-Upload-UUID", progress.id.to_string()))
        .finish()
}

fn location(name: &RepoName, id: UploadId) -> String {
    format!("/v2/{name}/blobs/uploads/{id}")
}

/// A refusal that leaves the session open says where it is.
fn at_session(error: RegistryError, name: &RepoName, id: UploadId) -> OciError {
    let open =
        matches!(error, RegistryError::Blob(BlobError::OutOfOrder { .. } | BlobError::ChunkLength { .. }));
    let answer = OciError::from(error);
    if open { answer.header(LOCATION, location(name, id)) } else { answer }
}

fn created(name: &RepoName, digest: &Digest) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, params::blob_location(name, digest)))
        .insert_header((DOCKER_CONTENT_DIGEST, digest.as_str()))
        .finish()
}
