//! `GET /v2/<name>/referrers/<digest>` (end-12).

use actix_web::http::header::{HeaderName, LINK};
use actix_web::{HttpRequest, HttpResponse, web};
use oci_spec::image;
use serde::{Deserialize, Serialize};

use super::params;
use crate::access::{Allowed, demands};
use crate::http::OciError;
use crate::registry::Registry;
use crate::registry::model::Referrer;
use crate::registry::service::{ReferrerPage, ReferrerQuery};
use crate::types::{Digest, MediaType, RepoName};

/// Most referrers in one answer.
const MAX_REFERRERS: u64 = 500;
const OCI_FILTERS_APPLIED: HeaderName = HeaderName::from_static("oci-filters-applied");

/// What narrows the list.
#[derive(Deserialize)]
pub struct Query {
    #[serde(rename = "artifactType")]
    artifact_type: Option<MediaType>,
    last: Option<Digest>,
}

/// An index made for this answer only, so no digest ever names it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    schema_version: u32,
    media_type: String,
    manifests: Vec<Referrer>,
}

/// Referrers by digest. An unknown subject or repository has none; that is no error.
pub async fn list(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<Query>,
    request: HttpRequest,
) -> Result<HttpResponse, OciError> {
    let query = wanted(&request, query.into_inner())?;
    let page = registry.referrers(&allowed.scope, &query).await?;
    answer(allowed.scope.as_str(), &query, page)
}

/// What a request asks for.
pub(super) fn wanted(request: &HttpRequest, query: Query) -> Result<ReferrerQuery, OciError> {
    let Query { artifact_type, last } = query;
    Ok(ReferrerQuery { subject: params::digest(request)?, artifact_type, last, limit: MAX_REFERRERS })
}

/// A page of what refers to something in the repository that the client calls `name`.
pub(super) fn answer(
    name: &str,
    query: &ReferrerQuery,
    page: ReferrerPage,
) -> Result<HttpResponse, OciError> {
    let mut response = HttpResponse::Ok();
    if query.artifact_type.is_some() {
        response.insert_header((OCI_FILTERS_APPLIED, "artifactType"));
    }
    if let Some(next) = page.next {
        let kind =
            query.artifact_type.as_ref().map(|kind| format!("&artifactType={}", escape(kind.as_str())));
        let path = format!("/v2/{name}/referrers/{}", query.subject);
        let link = format!("<{path}?last={next}{}>; rel=\"next\"", kind.unwrap_or_default());
        response.insert_header((LINK, link));
    }
    let media_type = image::MediaType::ImageIndex.to_string();
    let index = Index { schema_version: 2, media_type: media_type.clone(), manifests: page.referrers };
    let body = serde_json::to_vec(&index).map_err(|error| {
        tracing::error!(%error, "a referrers list could not be written");
        params::internal()
    })?;
    Ok(response.content_type(media_type).body(body))
}

/// Escapes what may not stand in a query as it is (RFC 3986, section 3.4).
fn escape(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn escapes_what_a_query_would_read_otherwise() {
        assert_eq!(escape("application/a+json&x=\"ä"), "application/a%2Bjson%26x%3D%22%C3%A4");
    }
}
