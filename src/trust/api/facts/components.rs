//! `GET /api/v1/projects/{project}/artifacts/{digest}/components` and `GET /api/v1/projects/{project}/components?purl=`.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{SaidBy, digest};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::{QueriedRepository, Registry, RepositoryQuery};
use crate::trust::predicates::Purl;
use crate::trust::service::{Asked, Trust};
use crate::trust::store::facts::{Attested, ComponentFact};
use crate::types::ProjectName;

/// A component of an artifact.
#[derive(Serialize, ToSchema)]
pub struct ComponentView {
    /// What it is called.
    name: String,
    /// Its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    /// Its package URL without version and qualifiers, in one form: `pkg:npm/lodash`.
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    /// Its package URL as the SBOM writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    /// Who says so.
    said_by: SaidBy,
}

impl From<(Attested, ComponentFact)> for ComponentView {
    fn from((attested, fact): (Attested, ComponentFact)) -> Self {
        Self {
            name: fact.name,
            version: fact.version,
            package: fact.package,
            purl: fact.purl,
            said_by: attested.into(),
        }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ComponentFilter {
    /// A package URL: `pkg:npm/lodash` for all versions, `pkg:npm/lodash@4.17.20` for one. Qualifiers count for nothing.
    purl: Option<String>,
}

impl ComponentFilter {
    fn parse(&self) -> Result<Option<Purl>, Problem> {
        let parsed = |text: &String| {
            Purl::parse(text).ok_or_else(|| {
                Problem::invalid("purl must be a package URL, for example pkg:npm/lodash@4.17.20")
            })
        };
        self.purl.as_ref().map(parsed).transpose()
    }
}

/// Lists what an artifact contains, as its SBOMs say.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, ComponentFilter, PageQuery),
    responses(
        (status = 200, description = "A page of components", body = Page<ComponentView>),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/components")]
pub async fn list_artifact_components(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
    filter: web::Query<ComponentFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ComponentView>>, Problem> {
    let digest = digest(&path.1)?;
    let asked = Asked::Artifact(&allowed.scope.0, &digest);
    let page = trust.components(&registry, &asked, filter.parse()?, &page.parse()?).await?;
    Ok(web::Json(page.map(ComponentView::from)))
}

/// Lists the artifacts of a project that contain a package, as their SBOMs say: those that the caller may read.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ComponentFilter, PageQuery),
    responses(
        (status = 200, description = "A page of components with their artifacts, by version", body = Page<ComponentView>),
        (status = 400, description = "No package URL", body = ProblemBody),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    )
)]
#[get("/projects/{project}/components")]
pub async fn list_components(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    filter: web::Query<ComponentFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ComponentView>>, Problem> {
    let purl = filter.parse()?.ok_or_else(|| Problem::invalid("name a package with ?purl="))?;
    let asked = Asked::Project(&allowed.caller, &allowed.scope);
    let page = trust.components(&registry, &asked, Some(purl), &page.parse()?).await?;
    Ok(web::Json(page.map(ComponentView::from)))
}
