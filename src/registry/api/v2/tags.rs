//! `GET /v2/<name>/tags/list` (end-8).

use actix_web::http::header::LINK;
use actix_web::{HttpResponse, web};
use oci_spec::distribution::TagListBuilder;
use serde::Deserialize;

use super::params;
use crate::access::{Allowed, demands};
use crate::http::{OciCode, OciError};
use crate::registry::Registry;
use crate::registry::model::NamePage;
use crate::types::RepoName;

/// Paging by name, as the spec has it.
#[derive(Deserialize)]
pub struct NameQuery {
    n: Option<String>,
    last: Option<String>,
}

impl NameQuery {
    /// Checks `n`.
    pub fn parse(self) -> Result<NamePage, OciError> {
        let bad = |_| params::bad(OciCode::Unsupported, &"n must be a whole number");
        let n = self.n.map(|n| n.parse().map_err(bad)).transpose()?;
        Ok(NamePage::new(n, self.last))
    }
}

/// Tags in lexical order.
pub async fn list(
    allowed: Allowed<demands::Pull, RepoName>,
    registry: web::Data<Registry>,
    query: web::Query<NameQuery>,
) -> Result<HttpResponse, OciError> {
    let page = query.into_inner().parse()?;
    let name = allowed.scope;
    let (tags, more) = registry.tag_names(&name, &page).await?;
    let mut response = HttpResponse::Ok();
    if let Some(last) = tags.last().filter(|_| more) {
        response.insert_header((LINK, next(&format!("/v2/{name}/tags/list"), page.limit, last.as_str())));
    }
    let tags: Vec<String> = tags.into_iter().map(String::from).collect();
    let list = TagListBuilder::default().name(name.as_str()).tags(tags).build();
    list.map(|list| response.json(list)).map_err(|error| {
        tracing::error!(%error, "a tag list could not be built");
        params::internal()
    })
}

/// The `Link` to the next page (RFC 5988). Names need no escaping in a query.
pub fn next(path: &str, limit: u64, last: &str) -> String {
    format!("<{path}?n={limit}&last={last}>; rel=\"next\"")
}
