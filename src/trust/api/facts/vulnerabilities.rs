//! `GET /api/v1/projects/{project}/artifacts/{digest}/vulnerabilities` and `GET /api/v1/projects/{project}/vulnerabilities?id=`.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{SaidBy, digest, rfc3339};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::{QueriedRepository, Registry, RepositoryQuery};
use crate::trust::predicates::vulnerability_id;
use crate::trust::service::{Asked, Trust};
use crate::trust::store::facts::{Attested, FindingFact};
use crate::types::ProjectName;

/// A vulnerability of an artifact: what a scanner found, or what a VEX says of it.
#[derive(Serialize, ToSchema)]
pub struct VulnerabilityView {
    /// Its id.
    id: String,
    /// The id that the report uses, where it was asked for by another.
    #[serde(skip_serializing_if = "Option::is_none")]
    alias_of: Option<String>,
    /// The component's package URL without version and qualifiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    /// The component's version.
    #[serde(skip_serializing_if = "String::is_empty")]
    version: String,
    /// What the component is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    component: Option<String>,
    /// `critical`, `high`, `medium`, `low`, `negligible` or `unknown`: the worst of several ratings.
    severity: String,
    /// What a VEX says of it: `affected`, `not_affected`, `fixed` or `under_investigation`; absent where a scanner found it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Why that status.
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<String>,
    /// The version without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_in: Option<String>,
    /// The scanner, or the author of the VEX, as the report says.
    #[serde(skip_serializing_if = "Option::is_none")]
    scanner: Option<String>,
    /// When the scanner's database was brought up to date, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    database_updated_at: Option<String>,
    /// When it was scanned, or said, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    scanned_at: Option<String>,
    /// Who says so.
    said_by: SaidBy,
}

impl From<(Attested, FindingFact)> for VulnerabilityView {
    fn from((attested, fact): (Attested, FindingFact)) -> Self {
        Self {
            id: fact.vulnerability,
            alias_of: fact.alias_of,
            package: fact.package,
            version: fact.version,
            component: fact.component,
            severity: fact.severity,
            status: fact.status,
            justification: fact.justification,
            fixed_in: fact.fixed_in,
            scanner: fact.scanner,
            database_updated_at: rfc3339(fact.database_updated_at_us),
            scanned_at: rfc3339(fact.scanned_at_us),
            said_by: attested.into(),
        }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct VulnerabilityFilter {
    /// One vulnerability only, by its id or an alias of it: `CVE-2021-44228`.
    id: Option<String>,
}

impl VulnerabilityFilter {
    fn parse(&self) -> Result<Option<String>, Problem> {
        let parsed = |text: &String| {
            vulnerability_id(text)
                .ok_or_else(|| Problem::invalid("id must name a vulnerability, for example CVE-2021-44228"))
        };
        self.id.as_ref().map(parsed).transpose()
    }
}

/// Lists the vulnerabilities of an artifact, as its reports and VEX documents say.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, VulnerabilityFilter, PageQuery),
    responses(
        (status = 200, description = "A page of vulnerabilities", body = Page<VulnerabilityView>),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/vulnerabilities")]
pub async fn list_artifact_vulnerabilities(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
    filter: web::Query<VulnerabilityFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<VulnerabilityView>>, Problem> {
    let digest = digest(&path.1)?;
    let asked = Asked::Artifact(&allowed.scope.0, &digest);
    let page = trust.vulnerabilities(&registry, &asked, filter.parse()?, &page.parse()?).await?;
    Ok(web::Json(page.map(VulnerabilityView::from)))
}

/// Lists the artifacts of a project that have a vulnerability, or of which somebody says that they have it not: those that
/// the caller may read.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), VulnerabilityFilter, PageQuery),
    responses(
        (status = 200, description = "A page of what is said of it, with the artifacts", body = Page<VulnerabilityView>),
        (status = 400, description = "No vulnerability was named", body = ProblemBody),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    )
)]
#[get("/projects/{project}/vulnerabilities")]
pub async fn list_vulnerabilities(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    filter: web::Query<VulnerabilityFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<VulnerabilityView>>, Problem> {
    let id = filter.parse()?.ok_or_else(|| Problem::invalid("name a vulnerability with ?id="))?;
    let asked = Asked::Project(&allowed.caller, &allowed.scope);
    let page = trust.vulnerabilities(&registry, &asked, Some(id), &page.parse()?).await?;
    Ok(web::Json(page.map(VulnerabilityView::from)))
}
