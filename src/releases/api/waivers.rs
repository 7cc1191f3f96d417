//! `/api/v1/projects/{project}/waivers` and `/api/v1/waivers`.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Allowed, SignedIn, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::releases::model::{ReleaseRef, ReleaseRefError, Waiver};
use crate::releases::service::{NewWaiver, Releases};
use crate::types::{EnvironmentSelector, InstantError, ProjectName};

/// A time-boxed exception from a gate.
#[derive(Serialize, ToSchema)]
pub struct WaiverView {
    /// Opaque id.
    id: Uuid,
    /// The gate's id.
    gate: String,
    /// In which environments; absent for all.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentSelector>,
    /// Opaque id of the one release that it is about; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<Uuid>,
    /// The vulnerabilities that it is about; none for the whole gate.
    vulnerabilities: Vec<String>,
    /// Why.
    reason: String,
    /// When it ends, RFC 3339.
    ends_at: String,
    /// When it was asked for, RFC 3339.
    asked_at: String,
    /// When it was approved, RFC 3339. Before, it holds for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_at: Option<String>,
}

impl From<Waiver> for WaiverView {
    fn from(waiver: Waiver) -> Self {
        Self {
            id: waiver.id.uuid(),
            gate: waiver.gate,
            environment: waiver.environment,
            release: waiver.release.map(crate::types::ReleaseId::uuid),
            vulnerabilities: waiver.vulnerabilities,
            reason: waiver.reason,
            ends_at: waiver.ends_at.to_rfc3339(),
            asked_at: waiver.asked_at.to_rfc3339(),
            approved_at: waiver.approved.map(|(_, at)| at.to_rfc3339()),
        }
    }
}

/// A waiver to ask for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskWaiver {
    /// The gate's id, as the lifecycle has it.
    gate: String,
    /// In some environments: a name in which `*` stands for any characters; absent for all.
    #[schema(value_type = Option<String>)]
    environment: Option<EnvironmentSelector>,
    /// Of one release: its id, name@version, or the digest of its content; absent for all.
    release: Option<String>,
    /// The vulnerabilities that it is about, at most 100; none for the whole gate.
    #[serde(default)]
    vulnerabilities: Vec<String>,
    /// Why, at most 1000 characters.
    reason: String,
    /// When it ends, RFC 3339: at most a year ahead.
    ends_at: String,
}

/// Lists a project's waivers that were not withdrawn, oldest first.
#[utoipa::path(tag = "waivers",
    params(("project" = String, Path, description = "The project's name"), PageQuery),
    responses(
        (status = 200, description = "A page of waivers", body = Page<WaiverView>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/waivers")]
pub async fn list_waivers(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<WaiverView>>, Problem> {
    Ok(web::Json(releases.list_waivers(&allowed.scope, &page.parse()?).await?.map(WaiverView::from)))
}

/// Asks for a waiver. It holds once somebody else approves it.
#[utoipa::path(tag = "waivers",
    params(("project" = String, Path, description = "The project's name")),
    request_body = AskWaiver,
    responses(
        (status = 201, description = "The waiver", body = WaiverView),
        (status = 400, description = "It can't be asked for like that", body = ProblemBody),
        (status = 403, description = "Needs the role publisher, promoter or project-owner", body = ProblemBody),
        (status = 404, description = "No such project or release", body = ProblemBody),
    ),
)]
#[post("/projects/{project}/waivers")]
pub async fn ask_waiver(
    allowed: Allowed<demands::CreateRelease, ProjectName>,
    releases: web::Data<Releases>,
    body: web::Json<AskWaiver>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let release = body.release.map(|text| text.parse::<ReleaseRef>()).transpose();
    let new = NewWaiver {
        gate: body.gate,
        environment: body.environment,
        release: release.map_err(|error: ReleaseRefError| Problem::invalid(error))?,
        vulnerabilities: body.vulnerabilities,
        reason: body.reason,
        ends_at: body.ends_at.parse().map_err(|error: InstantError| Problem::invalid(error))?,
    };
    let waiver = releases.ask_waiver(&allowed.caller, &allowed.scope, new).await?;
    Ok(HttpResponse::Created().json(WaiverView::from(waiver)))
}

/// Approves a waiver that somebody else asked for.
#[utoipa::path(tag = "waivers", params(("id" = Uuid, Path, description = "The waiver's id")), responses(
    (status = 200, description = "It holds until its end", body = WaiverView),
    (status = 400, description = "It has ended", body = ProblemBody),
    (status = 403, description = "Needs the role policy-admin in the project; not for who asked for it", body = ProblemBody),
    (status = 404, description = "No such waiver", body = ProblemBody),
))]
#[post("/waivers/{id}/approval")]
pub async fn approve_waiver(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
) -> Result<web::Json<WaiverView>, Problem> {
    Ok(web::Json(releases.approve_waiver(&signed_in.caller, id.into_inner().into()).await?.into()))
}

/// Withdraws a waiver.
#[utoipa::path(tag = "waivers", params(("id" = Uuid, Path, description = "The waiver's id")), responses(
    (status = 204, description = "It holds no more"),
    (status = 403, description = "For who asked for it, or the role policy-admin in the project", body = ProblemBody),
    (status = 404, description = "No such waiver", body = ProblemBody),
))]
#[delete("/waivers/{id}")]
pub async fn withdraw_waiver(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    releases.withdraw_waiver(&signed_in.caller, id.into_inner().into()).await?;
    Ok(HttpResponse::NoContent().finish())
}
