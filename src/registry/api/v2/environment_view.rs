//! `/v2/env/<environment>/<name>/…`: a repository as an environment shows it, for any client that can pull. Nothing is
//! written there.

use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, ResponseError as _};

use super::manifests::ReadQuery;
use super::tags::NameQuery;
use super::{blobs, manifests, params, referrers, resource, tags};
use crate::access::{Allowed, EnvironmentRepository, demands};
use crate::http::{OciCode, OciError};
use crate::registry::Registry;
use crate::registry::service::FoundManifest;

type Shown = Allowed<demands::PullFromEnvironment, EnvironmentRepository>;

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(
            read_only("/env/{environment}/{name:.+}/manifests/{reference}")
                .get(get_manifest)
                .head(head_manifest),
        )
        // Uploads first: no digest is called so.
        .service(read_only("/env/{environment}/{name:.+}/blobs/uploads{session:(/.*)?}"))
        .service(read_only("/env/{environment}/{name:.+}/blobs/{digest}").get(get_blob).head(head_blob))
        .service(resource(&["/env/{environment}/{name:.+}/tags/list"]).get(list_tags))
        .service(resource(&["/env/{environment}/{name:.+}/referrers/{digest}"]).get(list_referrers));
}

/// A resource that clients write to elsewhere.
fn read_only(path: &str) -> Resource {
    web::resource(path).default_service(web::to(refuse))
}

/// An environment shows what releases were promoted into it.
async fn refuse() -> HttpResponse {
    let why = "an environment is only read: push to the repository itself, then promote a release";
    OciError::new(StatusCode::METHOD_NOT_ALLOWED, OciCode::Unsupported, why)
        .header(ALLOW, "GET, HEAD")
        .error_response()
}

async fn get_manifest(
    shown: Shown,
    registry: web::Data<Registry>,
    query: web::Query<ReadQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let (found, warning) = find(&shown, &registry, &request).await?;
    manifests::serve(&registry, &request, &query, (&found, warning.as_deref())).await
}

async fn head_manifest(
    shown: Shown,
    registry: web::Data<Registry>,
    query: web::Query<ReadQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let (found, warning) = find(&shown, &registry, &request).await?;
    Ok(manifests::announce(&request, &query, (&found, warning.as_deref())))
}

/// The manifest, if it is shown and the project's trust policy lets this caller read it, and what they should know.
async fn find(
    shown: &Shown,
    registry: &Registry,
    request: &HttpRequest,
) -> Result<(FoundManifest, Option<String>), OciError> {
    let reference = params::reference(request)?;
    let found = registry.find_shown_manifest(&shown.scope, &reference).await?;
    let warning = registry.may_read(&shown.caller, &shown.scope.repository, &reference, &found).await?;
    Ok((found, warning))
}

async fn get_blob(
    shown: Shown,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let digest = params::digest(&request)?;
    let blob = registry.find_shown_blob(&shown.scope, &digest).await?;
    blobs::serve(&registry, &request, &digest, blob).await
}

async fn head_blob(
    shown: Shown,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let digest = params::digest(&request)?;
    let blob = registry.find_shown_blob(&shown.scope, &digest).await?;
    Ok(blobs::announce(&request, &digest, blob))
}

async fn list_tags(
    shown: Shown,
    registry: web::Data<Registry>,
    query: web::Query<NameQuery>,
) -> Result<HttpResponse, OciError> {
    let page = query.into_inner().parse()?;
    let found = registry.shown_tags(&shown.scope, &page).await?;
    tags::answer(&name(&shown), &page, found)
}

async fn list_referrers(
    shown: Shown,
    registry: web::Data<Registry>,
    query: web::Query<referrers::Query>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let query = referrers::wanted(&request, query.into_inner())?;
    let page = registry.shown_referrers(&shown.scope, &query).await?;
    referrers::answer(&name(&shown), &query, page)
}

/// What the client calls the repository.
fn name(shown: &Shown) -> String {
    shown.scope.environment.view_of(&shown.scope.repository)
}
