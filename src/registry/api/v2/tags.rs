//! `GET /v2/<name>/tags/list` (end-8).

use actix_web::http::header::LINK;
use actix_web::{HttpResponse, web};
use oci_spec::distribution::TagListBuilder;
use serde::Deserialize;

use super::params;
use crate::access::{Allowed, demands};
use crate::http::{OciCode, OciError, Page, PageRequest};
use crate::registry::Registry;
use crate::types::RepoName;

/// Most names in one answer, asked for or not: memory stays bounded (CVE-2023-2253).
const MAX_NAMES: u64 = 1000;

/// Paging by name, as the spec has it.
#[derive(Deserialize)]
pub struct NameQuery {
    n: Option<String>,
    last: Option<String>,
}

impl NameQuery {
    /// Checks `n`, of which 0 asks for an empty list, and `last`.
    pub fn parse(self) -> Result<PageRequest, OciError> {
        let bad = |_| params::bad(OciCode::Unsupported, &"n must be a whole number");
        let n: Option<u64> = self.n.map(|n| n.parse().map_err(bad)).transpose()?;
        let after = self.last.filter(|last| !last.is_empty());
        // No name holds any, and PostgreSQL takes no NUL in a text.
        if after.as_ref().is_some_and(|after| after.contains(char::is_control)) {
            return Err(params::bad(OciCode::Unsupported, &"last must be a name of an earlier page"));
        }
        Ok(PageRequest { limit: n.unwrap_or(MAX_NAMES).min(MAX_NAMES), after })
    }
}

/// Tags in lexical order.
pub async fn list(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<NameQuery>,
) -> Result<HttpResponse, OciError> {
    let page = query.into_inner().parse()?;
    let found = registry.list_tag_names(&allowed.scope, &page).await?;
    answer(allowed.scope.as_str(), &page, found)
}

/// A page of the tags of the repository that the client calls `name`.
pub(super) fn answer(name: &str, page: &PageRequest, found: Page<String>) -> Result<HttpResponse, OciError> {
    let tags = found.items;
    let mut response = HttpResponse::Ok();
    if let Some(last) = tags.last().filter(|_| found.next.is_some()) {
        response.insert_header((LINK, next(&format!("/v2/{name}/tags/list"), page.limit, last)));
    }
    let list = TagListBuilder::default().name(name).tags(tags).build();
    list.map(|list| response.json(list)).map_err(|error| {
        tracing::error!(%error, "a tag list could not be built");
        params::internal()
    })
}

/// The `Link` to the next page (RFC 5988). Names need no escaping in a query.
pub fn next(path: &str, limit: u64, last: &str) -> String {
    format!("<{path}?n={limit}&last={last}>; rel=\"next\"")
}
