//! `GET /api/v1/projects/{project}/artifacts/{digest}/provenance` and `GET /api/v1/projects/{project}/provenance`.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{SaidBy, digest, rfc3339, wanted};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::{QueriedRepository, Registry, RepositoryQuery};
use crate::trust::predicates::{commit, repository};
use crate::trust::service::{Asked, Built, Trust};
use crate::trust::store::facts::{Attested, ProvenanceFact};
use crate::types::ProjectName;

/// How an artifact was built.
#[derive(Serialize, ToSchema)]
pub struct ProvenanceView {
    /// The builder's id, a URI.
    builder: String,
    /// How builds of this kind are described, a URI.
    build_type: String,
    /// The source repository, in one form: `https://github.com/acme/app`.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The branch or tag in it.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    source_ref: Option<String>,
    /// The commit that was built; absent where it can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// Which build it was, as the builder names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    invocation: Option<String>,
    /// When the build started, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<String>,
    /// When it ended, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    /// Who says so.
    said_by: SaidBy,
}

impl From<(Attested, ProvenanceFact)> for ProvenanceView {
    fn from((attested, fact): (Attested, ProvenanceFact)) -> Self {
        Self {
            builder: fact.builder,
            build_type: fact.build_type,
            source: fact.source,
            source_ref: fact.source_ref,
            commit: fact.source_commit,
            invocation: fact.invocation,
            started_at: rfc3339(fact.started_at_us),
            finished_at: rfc3339(fact.finished_at_us),
            said_by: attested.into(),
        }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProvenanceFilter {
    /// One commit only: its whole name.
    commit: Option<String>,
    /// One source repository only: `https://github.com/acme/app`.
    source: Option<String>,
    /// One builder only: its id.
    builder: Option<String>,
}

impl ProvenanceFilter {
    fn parse(self) -> Result<Built, Problem> {
        let commit = self.commit.map(|text| {
            commit(&text)
                .ok_or_else(|| Problem::invalid("commit must be a whole name: 40 or 64 hexadecimal digits"))
        });
        let source = self.source.map(|text| {
            repository(&text).ok_or_else(|| {
                Problem::invalid("source must be a repository, for example https://github.com/acme/app")
            })
        });
        let builder = self.builder.map(|text| wanted(&text, "builder")).transpose()?;
        Ok(Built { commit: commit.transpose()?, source: source.transpose()?, builder })
    }
}

/// Lists how an artifact was built, as its provenance says.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, PageQuery),
    responses(
        (status = 200, description = "A page of provenance", body = Page<ProvenanceView>),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/provenance")]
pub async fn list_artifact_provenance(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ProvenanceView>>, Problem> {
    let digest = digest(&path.1)?;
    let asked = Asked::Artifact(&allowed.scope.0, &digest);
    let page = trust.provenance(&registry, &asked, Built::default(), &page.parse()?).await?;
    Ok(web::Json(page.map(ProvenanceView::from)))
}

/// Lists the artifacts of a project by how they were built, as their provenance says: those that the caller may read.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ProvenanceFilter, PageQuery),
    responses(
        (status = 200, description = "A page of provenance with the artifacts", body = Page<ProvenanceView>),
        (status = 400, description = "No commit, source or builder was named", body = ProblemBody),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    )
)]
#[get("/projects/{project}/provenance")]
pub async fn list_provenance(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    trust: web::Data<Trust>,
    registry: web::Data<Registry>,
    filter: web::Query<ProvenanceFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ProvenanceView>>, Problem> {
    let built = filter.into_inner().parse()?;
    if built.commit.is_none() && built.source.is_none() && built.builder.is_none() {
        return Err(Problem::invalid("name a ?commit=, a ?source= or a ?builder="));
    }
    let asked = Asked::Project(&allowed.caller, &allowed.scope);
    let page = trust.provenance(&registry, &asked, built, &page.parse()?).await?;
    Ok(web::Json(page.map(ProvenanceView::from)))
}
