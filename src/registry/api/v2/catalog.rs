//! `GET /v2/_catalog`: the repositories that the caller may read. Not in the OCI spec, but clients know it.

use actix_web::http::header::LINK;
use actix_web::{HttpResponse, web};
use oci_spec::distribution::RepositoryListBuilder;

use super::params;
use super::tags::{NameQuery, next};
use crate::access::Lister;
use crate::http::OciError;
use crate::registry::Registry;

/// Repositories in lexical order.
pub async fn list(
    lister: Lister,
    registry: web::Data<Registry>,
    query: web::Query<NameQuery>,
) -> Result<HttpResponse, OciError> {
    let page = query.into_inner().parse()?;
    let found = registry.catalog(&lister.caller, &page).await?;
    let names: Vec<String> = found.items.into_iter().map(|repository| repository.name.into()).collect();
    let mut response = HttpResponse::Ok();
    if let Some(last) = names.last().filter(|_| found.next.is_some()) {
        response.insert_header((LINK, next("/v2/_catalog", page.limit, last)));
    }
    let list = RepositoryListBuilder::default().repositories(names).build();
    list.map(|list| response.json(list)).map_err(|error| {
        tracing::error!(%error, "a catalogue could not be built");
        params::internal()
    })
}
