//! `PUT /v2/<name>/manifests/<reference>[?tag=…]` (end-7a, end-7b).

use actix_web::http::header::{CONTENT_TYPE, HeaderName, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};

use super::params::{self, DOCKER_CONTENT_DIGEST};
use crate::access::{Allowed, demands};
use crate::http::{OciCode, OciError, RequestBody, read_limited};
use crate::registry::Registry;
use crate::registry::error::RegistryError;
use crate::registry::service::PushManifest;
use crate::types::{Digest, MediaType, Reference, RepoName, Tag, TagError};

const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
/// Most tags on one PUT; the spec wants ten at least.
const MAX_TAGS: usize = 64;

/// Takes a manifest and points tags at it.
pub async fn put(
    allowed: Allowed<demands::Push, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<Vec<(String, String)>>,
    request: HttpRequest,
    body: RequestBody,
) -> Result<HttpResponse, OciError> {
    let (digest, tags) = targets(params::reference(&request)?, &query)?;
    let content_type = content_type(&request)?;
    let limit = registry.manifest_limit();
    let bytes = read_limited(body, limit).await.map_err(RegistryError::from)?;
    let push = PushManifest { bytes, content_type, digest, tags: tags.clone() };
    let pushed = registry.push_manifest(&allowed.caller, &allowed.scope, push).await?;
    let mut response = HttpResponse::Created();
    response
        .insert_header((LOCATION, format!("/v2/{}/manifests/{}", allowed.scope, pushed.digest)))
        .insert_header((DOCKER_CONTENT_DIGEST, pushed.digest.as_str()));
    for tag in tags {
        response.append_header((OCI_TAG, tag.as_str()));
    }
    if let Some(subject) = pushed.subject {
        response.insert_header((OCI_SUBJECT, subject.as_str()));
    }
    Ok(response.finish())
}

/// The digest that the manifest must have, and all tags that are to point at it, each once.
fn targets(reference: Reference, query: &[(String, String)]) -> Result<(Option<Digest>, Vec<Tag>), OciError> {
    let (digest, mut tags) = match reference {
        Reference::Digest(digest) => (Some(digest), Vec::new()),
        Reference::Tag(tag) => (None, vec![tag]),
    };
    for (_, text) in query.iter().filter(|(key, _)| key == "tag") {
        let tag = text.parse().map_err(|error: TagError| params::bad(OciCode::TagInvalid, &error))?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    if tags.len() > MAX_TAGS {
        let why = format!("a manifest can be pushed with at most {MAX_TAGS} tags at once");
        return Err(params::bad(OciCode::TagInvalid, &why));
    }
    Ok((digest, tags))
}

fn content_type(request: &HttpRequest) -> Result<Option<MediaType>, OciError> {
    let Some(header) = request.headers().get(CONTENT_TYPE) else { return Ok(None) };
    let parsed = MediaType::from_content_type(header.to_str().unwrap_or_default());
    parsed.map(Some).map_err(|error| params::bad(OciCode::ManifestInvalid, &error))
}
