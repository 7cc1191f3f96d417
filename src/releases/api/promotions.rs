//! `/api/v1/promotions`.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::path::Named;
use super::promotion_views::{PromotionBrief, PromotionView};
use crate::access::{SignedIn, Viewer};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::releases::model::{PromotionKind, PromotionState, ReleaseRef, ReleaseRefError};
use crate::releases::service::{NewPromotion, Releases, Wanted};
use crate::types::{EnvironmentName, InstantError, ProjectName, PromotionId, ReleaseName};

/// The header by which a request is made once (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// A promotion to ask for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RequestPromotion {
    /// In which project.
    #[schema(value_type = String)]
    project: ProjectName,
    /// What: a release's id, name@version, or the digest of its content.
    release: String,
    /// Where to.
    #[schema(value_type = String)]
    environment: EnvironmentName,
    /// What kind of move it is; `forward` unless named. `rollback` goes back to what was verified there before, `redeploy` admits
    /// anew what is admitted.
    kind: Option<PromotionKind>,
    /// The change ticket.
    ticket: Option<String>,
    /// Why.
    justification: Option<String>,
    /// Not to be admitted before, RFC 3339.
    start_at: Option<String>,
    /// Admit it without what gates demand, for so many hours (1 to 72): for emergencies, with the role break-glass and a
    /// justification. It owes a review by somebody else.
    break_glass_hours: Option<u64>,
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PromotionFilter {
    /// Of one project.
    #[param(value_type = Option<String>)]
    project: Option<ProjectName>,
    /// Into one environment.
    #[param(value_type = Option<String>)]
    environment: Option<EnvironmentName>,
    /// Of one line.
    #[param(value_type = Option<String>)]
    line: Option<ReleaseName>,
    /// In one state.
    state: Option<PromotionState>,
}

/// Asks for a release to be admitted into an environment, and judges it at once: it is admitted if no gate holds it back, else
/// the gates say what is missing, and it is admitted by itself once that is there. Another release of the line that is on its way
/// there gives way.
#[utoipa::path(tag = "promotions",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same request is the same promotion, for a day")),
    request_body = RequestPromotion,
    responses(
        (status = 200, description = "It is on its way or admitted already, or was asked for by this key", body = PromotionView),
        (status = 201, description = "The promotion", body = PromotionView),
        (status = 400, description = "It can't be asked for like that", body = ProblemBody),
        (status = 403, description = "Needs the role promoter there, or break-glass for an emergency", body = ProblemBody),
        (status = 404, description = "No such project, release or environment", body = ProblemBody),
        (status = 409, description = "The lifecycle has no place for it, the key was used otherwise, or an emergency owes a review", body = ProblemBody),
    ),
)]
#[post("/promotions")]
pub async fn request_promotion(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    request: HttpRequest,
    body: web::Json<RequestPromotion>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let release: ReleaseRef =
        body.release.parse().map_err(|error: ReleaseRefError| Problem::invalid(error))?;
    let start_at = body.start_at.map(|text| text.parse()).transpose();
    let new = NewPromotion {
        project: body.project,
        release,
        environment: body.environment,
        kind: body.kind.unwrap_or(PromotionKind::Forward),
        ticket: body.ticket,
        justification: body.justification,
        start_at: start_at.map_err(|error: InstantError| Problem::invalid(error))?,
        break_glass_hours: body.break_glass_hours,
    };
    let key = request.headers().get(IDEMPOTENCY_KEY).map(|key| key.to_str().unwrap_or_default());
    let (shown, is_new) = releases.request_promotion(&signed_in.caller, new, key).await?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.insert_header((LOCATION, format!("/api/v1/promotions/{}", shown.standing.promotion.id)));
    Ok(response.json(PromotionView::from(shown)))
}

/// Lists promotions of the projects that the caller may see, newest first.
#[utoipa::path(tag = "promotions", params(PromotionFilter, PageQuery), responses(
    (status = 200, description = "A page of promotions", body = Page<PromotionBrief>),
    (status = 404, description = "No such project or environment", body = ProblemBody),
))]
#[get("/promotions")]
pub async fn list_promotions(
    viewer: Viewer,
    releases: web::Data<Releases>,
    filter: web::Query<PromotionFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<PromotionBrief>>, Problem> {
    let PromotionFilter { project, environment, line, state } = filter.into_inner();
    let wanted = Wanted { project, environment, line, state };
    let page = releases.list_promotions(&viewer.readable, &wanted, &page.parse()?).await?;
    Ok(web::Json(page.map(PromotionBrief::from)))
}

/// Shows a promotion with all that explains it.
#[utoipa::path(tag = "promotions", params(("promotion" = String, Path, description = "Its id")), responses(
    (status = 200, description = "The promotion", body = PromotionView),
    (status = 403, description = "The token does not reach so far", body = ProblemBody),
    (status = 404, description = "No such promotion, or none that the caller may see", body = ProblemBody),
))]
#[get("/promotions/{promotion}")]
pub async fn get_promotion(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: Named<PromotionId>,
) -> Result<web::Json<PromotionView>, Problem> {
    Ok(web::Json(releases.promotion(&signed_in.caller, id.0).await?.into()))
}
