//! `GET` and `HEAD /v2/<name>/manifests/<reference>` (end-3).

use actix_web::http::header::{CONTENT_TYPE, ETAG, WARNING};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, web};
use serde::Deserialize;

use super::params::{self, DOCKER_CONTENT_DIGEST, OCI_NAMESPACE};
use crate::access::{Allowed, demands};
use crate::http::{OciError, announced, etag, none_match};
use crate::registry::Registry;
use crate::registry::service::FoundManifest;
use crate::types::RepoName;

/// What a read may say.
#[derive(Deserialize)]
pub struct ReadQuery {
    ns: Option<String>,
}

/// The manifest, byte for byte, whatever the client accepts: a manifest in another form would have another digest.
pub async fn get(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<ReadQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let (found, warning) = find(&allowed, &registry, &request).await?;
    serve(&registry, &request, &query, (&found, warning.as_deref())).await
}

/// Whether it is there, and its digest, type and length.
pub async fn head(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<ReadQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let (found, warning) = find(&allowed, &registry, &request).await?;
    Ok(announce(&request, &query, (&found, warning.as_deref())))
}

/// The manifest, if this caller may read it, and what they should know.
async fn find(
    allowed: &Allowed<demands::Pull, RepoName>,
    registry: &Registry,
    request: &HttpRequest,
) -> Result<(FoundManifest, Option<String>), OciError> {
    let reference = params::reference(request)?;
    let found = registry.find_manifest(&allowed.scope, &reference).await?;
    let warning = registry.may_read(&allowed.caller, &allowed.scope, &reference, &found).await?;
    Ok((found, warning))
}

/// Answers a GET of a manifest that may be read, with what the caller should know.
pub(super) async fn serve(
    registry: &Registry,
    request: &HttpRequest,
    query: &ReadQuery,
    (found, warning): (&FoundManifest, Option<&str>),
) -> Result<HttpResponse, OciError> {
    let told = Told { ns: query.ns.as_deref(), warning };
    if none_match(request, &etag(&found.digest)) {
        return Ok(describe(HttpResponse::NotModified(), found, told).finish());
    }
    let bytes = registry.manifest_bytes(found).await?;
    Ok(describe(HttpResponse::Ok(), found, told).body(bytes))
}

/// Answers a HEAD likewise.
pub(super) fn announce(
    request: &HttpRequest,
    query: &ReadQuery,
    (found, warning): (&FoundManifest, Option<&str>),
) -> HttpResponse {
    let told = Told { ns: query.ns.as_deref(), warning };
    if none_match(request, &etag(&found.digest)) {
        return describe(HttpResponse::NotModified(), found, told).finish();
    }
    describe(HttpResponse::Ok(), found, told).body(announced(found.manifest.size))
}

/// What is said beside the manifest itself.
#[derive(Clone, Copy)]
struct Told<'a> {
    ns: Option<&'a str>,
    warning: Option<&'a str>,
}

/// Says all that is said of a manifest, to clients that hold it already too.
fn describe(
    mut response: HttpResponseBuilder,
    found: &FoundManifest,
    Told { ns, warning }: Told<'_>,
) -> HttpResponseBuilder {
    response
        .insert_header((CONTENT_TYPE, found.manifest.media_type.as_str()))
        .insert_header((DOCKER_CONTENT_DIGEST, found.digest.as_str()))
        .insert_header((ETAG, etag(&found.digest)));
    if let Some(warning) = warning {
        response.insert_header((WARNING, warn_text(warning)));
    }
    // A host name and nothing else may be echoed into a header.
    let is_host =
        |ns: &&str| ns.len() <= 255 && ns.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    if let Some(ns) = ns.filter(is_host) {
        response.insert_header((OCI_NAMESPACE, ns));
    }
    response
}

/// The form of the spec ("Warnings"): code 299, no agent, a quoted text without what could end it.
fn warn_text(warning: &str) -> String {
    let plain: String = warning
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') { c } else { ' ' })
        .collect();
    format!("299 - \"{plain}\"")
}
