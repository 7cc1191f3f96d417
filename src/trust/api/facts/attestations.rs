//! `GET /api/v1/projects/{project}/artifacts/{digest}/attestations`.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::{SaidBy, digest, wanted};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::{QueriedRepository, RepositoryQuery};
use crate::trust::service::Trust;
use crate::trust::store::facts::{Attested, Overview, State};

/// An attestation or document.
#[derive(Serialize, ToSchema)]
pub struct AttestationView {
    /// Who says it.
    said_by: SaidBy,
    /// `provenance`, `verification-summary`, `sbom`, `vulnerabilities`, `test-result`, or `unknown`; absent while it was not looked
    /// at.
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<String>,
    /// `read`; `reading`, while not all of it was written down; `unread`, if it can't be.
    state: &'static str,
    /// Why it can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What it says, in short; its fields are those of its family.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    summary: Option<Value>,
}

impl From<(Attested, Overview)> for AttestationView {
    fn from((attested, Overview { family, state }): (Attested, Overview)) -> Self {
        let (state, problem, summary) = match state {
            State::Read(summary) => ("read", None, Some(summary)),
            State::Reading => ("reading", None, None),
            State::Unread(problem) => ("unread", Some(problem), None),
        };
        Self { said_by: attested.into(), family, state, problem, summary }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AttestationFilter {
    /// One type of predicate only: a URI.
    predicate_type: Option<String>,
}

/// Lists the attestations of an artifact, and documents that nobody signed, with what they say in short. Those of unknown types
/// are among them.
#[utoipa::path(tag = "trust",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, AttestationFilter, PageQuery),
    responses(
        (status = 200, description = "A page of attestations", body = Page<AttestationView>),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/attestations")]
pub async fn list_attestations(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    trust: web::Data<Trust>,
    path: web::Path<(String, String)>,
    filter: web::Query<AttestationFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<AttestationView>>, Problem> {
    let wanted = filter.predicate_type.as_deref().map(|text| wanted(text, "predicate_type")).transpose()?;
    let digest = digest(&path.1)?;
    let page = trust.attestations(&allowed.scope.0, &digest, wanted.as_deref(), &page.parse()?).await?;
    Ok(web::Json(page.map(AttestationView::from)))
}
