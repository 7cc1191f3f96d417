//! `GET /api/v1/projects/{project}/repositories`.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::Registry;
use crate::registry::model::Repository;
use crate::types::ProjectName;

/// A repository.
#[derive(Serialize, ToSchema)]
pub struct RepositoryView {
    /// Opaque id.
    id: String,
    /// Whole name.
    name: String,
    /// When it came to be, RFC 3339.
    created_at: String,
}

impl From<Repository> for RepositoryView {
    fn from(repository: Repository) -> Self {
        Self {
            id: repository.id.to_string(),
            name: repository.name.to_string(),
            created_at: repository.created_at.to_rfc3339(),
        }
    }
}

/// Lists the repositories of a project, by name.
#[utoipa::path(tag = "repositories", params(("project" = String, Path), PageQuery), responses(
    (status = 200, description = "A page of repositories", body = Page<RepositoryView>),
    (status = 403, description = "Needs a role in the project", body = ProblemBody),
    (status = 404, description = "No such project", body = ProblemBody),
))]
#[get("/projects/{project}/repositories")]
pub async fn list_repositories(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    registry: web::Data<Registry>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<RepositoryView>>, Problem> {
    let page = registry.list_repositories(&allowed.caller, &allowed.scope, &page.parse()?).await?;
    Ok(web::Json(page.map(RepositoryView::from)))
}
