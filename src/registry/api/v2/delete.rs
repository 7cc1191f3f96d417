//! `DELETE` of manifests, tags and blobs (end-9, end-10). What goes is the repository's hold on them; bytes stay until
//! nothing needs them.

use actix_web::{HttpRequest, HttpResponse, web};

use super::params;
use crate::access::{Allowed, demands};
use crate::http::OciError;
use crate::registry::Registry;
use crate::types::{Reference, RepoName};

/// A manifest with its tags, or one tag.
pub async fn manifest(
    allowed: Allowed<demands::Delete, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    match params::reference(&request)? {
        Reference::Digest(digest) => {
            registry.delete_manifest(&allowed.caller, &allowed.scope, &digest).await?;
        }
        Reference::Tag(tag) => registry.delete_tag(&allowed.caller, &allowed.scope, &tag).await?,
    }
    Ok(HttpResponse::Accepted().finish())
}

/// A blob that no manifest of the repository needs.
pub async fn blob(
    allowed: Allowed<demands::Delete, RepoName>,
    registry: web::Data<Registry>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    registry.delete_blob(&allowed.caller, &allowed.scope, &params::digest(&request)?).await?;
    Ok(HttpResponse::Accepted().finish())
}
