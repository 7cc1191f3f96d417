//! `/api/v1/projects/{project}/quarantines` and `/api/v1/quarantines`.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Allowed, SignedIn, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::releases::model::Quarantine;
use crate::releases::service::Releases;
use crate::types::{Digest, ProjectName};

/// A stop on one artifact.
#[derive(Serialize, ToSchema)]
pub struct QuarantineView {
    /// Opaque id.
    id: Uuid,
    /// The manifest, by SHA-256.
    #[schema(value_type = String)]
    digest: Digest,
    /// Why.
    reason: String,
    /// Since when, RFC 3339.
    since: String,
}

impl From<Quarantine> for QuarantineView {
    fn from(quarantine: Quarantine) -> Self {
        let Quarantine { id, digest, reason, since, .. } = quarantine;
        Self { id: id.uuid(), digest, reason, since: since.to_rfc3339() }
    }
}

/// A quarantine to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetQuarantine {
    /// The manifest, by SHA-256. It need not be there yet.
    #[schema(value_type = String)]
    digest: Digest,
    /// Why, at most 1000 characters.
    reason: String,
}

/// Lists the quarantines that hold in a project, oldest first.
#[utoipa::path(tag = "quarantines",
    params(("project" = String, Path, description = "The project's name"), PageQuery),
    responses(
        (status = 200, description = "A page of quarantines", body = Page<QuarantineView>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/quarantines")]
pub async fn list_quarantines(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<QuarantineView>>, Problem> {
    let page = releases.list_quarantines(&allowed.scope, &page.parse()?).await?;
    Ok(web::Json(page.map(QuarantineView::from)))
}

/// Stops an artifact: no environment shows it from now on, and no gate lets a release pass that it is a member of.
#[utoipa::path(tag = "quarantines",
    params(("project" = String, Path, description = "The project's name")),
    request_body = SetQuarantine,
    responses(
        (status = 201, description = "The quarantine", body = QuarantineView),
        (status = 400, description = "No SHA-256 digest, or a bad reason", body = ProblemBody),
        (status = 403, description = "Needs the role policy-admin in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
        (status = 409, description = "It is in quarantine already", body = ProblemBody),
    ),
)]
#[post("/projects/{project}/quarantines")]
pub async fn set_quarantine(
    allowed: Allowed<demands::AdministerPolicy, ProjectName>,
    releases: web::Data<Releases>,
    body: web::Json<SetQuarantine>,
) -> Result<HttpResponse, Problem> {
    let SetQuarantine { digest, reason } = body.into_inner();
    let kept = releases.set_quarantine(&allowed.caller, &allowed.scope, &digest, &reason).await?;
    Ok(HttpResponse::Created().json(QuarantineView::from(kept)))
}

/// Lifts a quarantine.
#[utoipa::path(tag = "quarantines", params(("id" = Uuid, Path, description = "The quarantine's id")), responses(
    (status = 204, description = "It holds no more"),
    (status = 403, description = "Needs the role policy-admin in the project", body = ProblemBody),
    (status = 404, description = "No such quarantine", body = ProblemBody),
))]
#[delete("/quarantines/{id}")]
pub async fn lift_quarantine(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    releases.lift_quarantine(&signed_in.caller, id.into_inner().into()).await?;
    Ok(HttpResponse::NoContent().finish())
}
