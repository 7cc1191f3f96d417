//! `/api/v1/freezes`.

use actix_web::{HttpResponse, delete, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{SignedIn, Viewer};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::releases::model::{Freeze, PromotionKind, Tier};
use crate::releases::service::{NewFreeze, Releases};
use crate::types::{EnvironmentSelector, InstantError, ProjectName, Timestamp};

/// A stop on promotions.
#[derive(Serialize, ToSchema)]
pub struct FreezeView {
    /// Opaque id.
    id: Uuid,
    /// In which project; absent for all.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<ProjectName>,
    /// In which environments: a name in which `*` stands for any characters; absent for all.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentSelector>,
    /// In environments of which tier; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<Tier>,
    /// Why.
    reason: String,
    /// Where more is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    incident: Option<String>,
    /// The kinds of promotions that it lets pass.
    allowed_kinds: Vec<PromotionKind>,
    /// Since when it stops, RFC 3339.
    starts_at: String,
    /// When it lifts itself, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<String>,
}

fn view((freeze, project): (Freeze, Option<ProjectName>)) -> FreezeView {
    FreezeView {
        id: freeze.id.uuid(),
        project,
        environment: freeze.environment,
        tier: freeze.tier,
        reason: freeze.reason,
        incident: freeze.incident,
        allowed_kinds: freeze.allowed_kinds,
        starts_at: freeze.starts_at.to_rfc3339(),
        ends_at: freeze.ends_at.map(Timestamp::to_rfc3339),
    }
}

/// A freeze to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetFreeze {
    /// In one project; absent for all.
    #[schema(value_type = Option<String>)]
    project: Option<ProjectName>,
    /// In some environments: a name in which `*` stands for any characters; absent for all.
    #[schema(value_type = Option<String>)]
    environment: Option<EnvironmentSelector>,
    /// In environments of one tier; absent for all.
    tier: Option<Tier>,
    /// Why, at most 1000 characters.
    reason: String,
    /// Where more is told, at most 300 characters.
    incident: Option<String>,
    /// The kinds of promotions that it lets pass, for example `rollback`.
    #[serde(default)]
    allowed_kinds: Vec<PromotionKind>,
    /// Since when it stops, RFC 3339; now unless named.
    starts_at: Option<String>,
    /// When it lifts itself, RFC 3339; absent, it stops until it is lifted.
    ends_at: Option<String>,
}

/// Reads an instant that may be absent.
pub(super) fn instant(text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    let read = text.map(|text| text.parse()).transpose();
    read.map_err(|error: InstantError| Problem::invalid(error))
}

/// Lists the freezes that were not lifted and that the caller may see, oldest first.
#[utoipa::path(tag = "freezes", params(PageQuery), responses(
    (status = 200, description = "A page of freezes", body = Page<FreezeView>),
))]
#[get("/freezes")]
pub async fn list_freezes(
    viewer: Viewer,
    releases: web::Data<Releases>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<FreezeView>>, Problem> {
    Ok(web::Json(releases.list_freezes(&viewer.readable, &page.parse()?).await?.map(view)))
}

/// Stops promotions: all that are not admitted yet, those that nobody asked for too.
#[utoipa::path(tag = "freezes", request_body = SetFreeze, responses(
    (status = 201, description = "The freeze", body = FreezeView),
    (status = 400, description = "It can't be set like that", body = ProblemBody),
    (status = 403, description = "Needs the role policy-admin, for the organisation or the project", body = ProblemBody),
    (status = 404, description = "No such project", body = ProblemBody),
))]
#[post("/freezes")]
pub async fn set_freeze(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    body: web::Json<SetFreeze>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let project = body.project.clone();
    let new = NewFreeze {
        project: body.project,
        environment: body.environment,
        tier: body.tier,
        reason: body.reason,
        incident: body.incident,
        allowed_kinds: body.allowed_kinds,
        starts_at: instant(body.starts_at)?,
        ends_at: instant(body.ends_at)?,
    };
    let freeze = releases.set_freeze(&signed_in.caller, new).await?;
    Ok(HttpResponse::Created().json(view((freeze, project))))
}

/// Lifts a freeze.
#[utoipa::path(tag = "freezes", params(("id" = Uuid, Path, description = "The freeze's id")), responses(
    (status = 204, description = "It stops nothing any more"),
    (status = 403, description = "Needs the role policy-admin there", body = ProblemBody),
    (status = 404, description = "No such freeze", body = ProblemBody),
))]
#[delete("/freezes/{id}")]
pub async fn lift_freeze(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    releases.lift_freeze(&signed_in.caller, id.into_inner().into()).await?;
    Ok(HttpResponse::NoContent().finish())
}
