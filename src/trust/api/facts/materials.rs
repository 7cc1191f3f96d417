//! `GET /api/v1/projects/{project}/artifacts/{digest}/materials` and `GET /api/v1/projects/{project}/materials?digest=`.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{SaidBy, digest, wanted};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::{QueriedRepository, Registry, RepositoryQuery};
use crate::trust::service::{Asked, Trust};
use crate::trust::store::facts::{Attested, MaterialFact};
use crate::types::ProjectName;

/// What went into the build of an artifact.
#[derive(Serialize, ToSchema)]
pub struct MaterialView {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    /// Its content: `sha256:…`, or `gitCommit:…` for a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    /// Who says so.
    said_by: SaidBy,
}

impl From<(Attested, MaterialFact)> for MaterialView {
    fn from((attested, fact): (Attested, MaterialFact)) -> Self {
        Self { uri: fact.uri, digest: fact.digest, said_by: attested.into() }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MaterialFilter {
    /// One content only: `sha256:…`, or `gitCommit:…`.
    digest: Option<String>,
}

/// Lists what went into the builds of an artifact, as its provenance says.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, PageQuery),
    responses(
        (status = 200, description = "A page of materials", body = Page<MaterialView>),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/materials")]
pub async fn list_artifact_materials(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<MaterialView>>, Problem> {
    let digest = digest(&path.1)?;
    let asked = Asked::Artifact(&allowed.scope.0, &digest);
    let page = trust.materials(&registry, &asked, None, &page.parse()?).await?;
    Ok(web::Json(page.map(MaterialView::from)))
}

/// Lists the artifacts of a project into whose builds something went, as their provenance says: those that the caller may
/// read.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), MaterialFilter, PageQuery),
    responses(
        (status = 200, description = "A page of materials with their artifacts", body = Page<MaterialView>),
        (status = 400, description = "No content was named", body = ProblemBody),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    )
)]
#[get("/projects/{project}/materials")]
pub async fn list_materials(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    filter: web::Query<MaterialFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<MaterialView>>, Problem> {
    // Of any algorithm: provenance names more than a registry holds.
    let digest = filter.digest.as_deref().filter(|digest| digest.contains(':')).ok_or_else(|| {
        Problem::invalid("name a content with ?digest=, for example sha256:… or gitCommit:…")
    })?;
    let digest = wanted(digest, "digest")?;
    let asked = Asked::Project(&allowed.caller, &allowed.scope);
    let page = trust.materials(&registry, &asked, Some(&digest), &page.parse()?).await?;
    Ok(web::Json(page.map(MaterialView::from)))
}
