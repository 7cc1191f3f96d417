//! `/api/v1/projects/{project}/tags?repository=`.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, delete, get, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::scope::{QueriedRepository, RepositoryQuery};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::Registry;
use crate::registry::model::CurrentTag;
use crate::types::Tag;

/// A tag.
#[derive(Serialize, ToSchema)]
pub struct TagView {
    /// The tag.
    name: String,
    /// The digest that it points at.
    digest: String,
    /// Since when, RFC 3339.
    since: String,
}

impl From<CurrentTag> for TagView {
    fn from(tag: CurrentTag) -> Self {
        Self { name: tag.name.to_string(), digest: tag.digest.to_string(), since: tag.since.to_rfc3339() }
    }
}

/// Lists the tags of a repository, by name.
#[utoipa::path(tag = "tags", params(("project" = String, Path), RepositoryQuery, PageQuery), responses(
    (status = 200, description = "A page of tags", body = Page<TagView>),
    (status = 403, description = "Needs the role reader", body = ProblemBody),
    (status = 404, description = "No such repository", body = ProblemBody),
))]
#[get("/projects/{project}/tags")]
pub async fn list_tags(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    registry: web::Data<Registry>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<TagView>>, Problem> {
    let page = registry.list_tags(&allowed.scope.0, &page.parse()?).await?;
    Ok(web::Json(page.map(TagView::from)))
}

/// Deletes a tag; what it points at stays. An immutable tag needs the role project-owner, and its name stays bound to
/// its digest.
#[utoipa::path(tag = "tags",
    params(("project" = String, Path), ("tag" = String, Path), RepositoryQuery),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Needs the role publisher, or project-owner", body = ProblemBody),
        (status = 404, description = "No such tag", body = ProblemBody),
    )
)]
#[delete("/projects/{project}/tags/{tag}")]
pub async fn delete_tag(
    allowed: Allowed<demands::Delete, QueriedRepository>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let tag: Tag = path.1.parse().map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid_tag", format!("{}: {error}", path.1))
    })?;
    registry.delete_tag(&allowed.caller, &allowed.scope.0, &tag).await?;
    Ok(HttpResponse::NoContent().finish())
}
