//! `/api/v1/lifecycle-templates`.

use actix_web::{HttpRequest, HttpResponse, get, put, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::lifecycles::{LifecycleView, answer};
use super::path::Named;
use crate::access::{Allowed, SignedIn, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody, RequestBody, edited_revision, read_limited};
use crate::releases::error::ReleaseError;
use crate::releases::model::{LIFECYCLE_LIMIT, Template};
use crate::releases::service::Releases;
use crate::types::ReleaseName;

/// A template in a list.
#[derive(Serialize, ToSchema)]
pub struct TemplateBrief {
    /// Its name.
    #[schema(value_type = String)]
    name: ReleaseName,
}

/// Lists the templates on which projects build their lifecycles.
#[utoipa::path(tag = "lifecycles", params(PageQuery), responses(
    (status = 200, description = "A page of templates", body = Page<TemplateBrief>),
))]
#[get("/lifecycle-templates")]
pub async fn list_templates(
    _: SignedIn,
    releases: web::Data<Releases>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<TemplateBrief>>, Problem> {
    let page = releases.list_templates(&page.parse()?).await?;
    Ok(web::Json(page.map(|name| TemplateBrief { name })))
}

/// Shows a template.
#[utoipa::path(tag = "lifecycles", params(("template" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The template", body = LifecycleView, headers(("ETag" = String))),
    (status = 404, description = "No such template", body = ProblemBody),
))]
#[get("/lifecycle-templates/{template}")]
pub async fn get_template(
    _: SignedIn,
    releases: web::Data<Releases>,
    name: Named<ReleaseName>,
) -> Result<HttpResponse, Problem> {
    answer(HttpResponse::Ok(), releases.shown_template(&name.0, None).await?)
}

/// Sets a template: the first without If-Match, each other on the revision that it succeeds. All lifecycles that build on it
/// follow in the same change.
#[utoipa::path(tag = "lifecycles",
    params(
        ("template" = String, Path, description = "Its name"),
        ("If-Match" = Option<String>, Header, description = "The revision that is edited, as in ETag; absent for the first"),
    ),
    request_body = Template,
    responses(
        (status = 200, description = "The template as it is now", body = LifecycleView, headers(("ETag" = String))),
        (status = 403, description = "Needs the role policy-admin for the organisation", body = ProblemBody),
        (status = 409, description = "A lifecycle that builds on it would not fit it any more", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 422, description = "It can't be used; the detail says why, and what to do", body = ProblemBody),
        (status = 428, description = "There is one, and If-Match is missing", body = ProblemBody),
    ),
)]
#[put("/lifecycle-templates/{template}")]
pub async fn set_template(
    allowed: Allowed<demands::AdministerPolicy>,
    releases: web::Data<Releases>,
    name: Named<ReleaseName>,
    request: HttpRequest,
    body: RequestBody,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, "the template")?;
    let document = read_limited(body, LIFECYCLE_LIMIT).await.map_err(ReleaseError::from)?;
    answer(HttpResponse::Ok(), releases.set_template(&allowed.caller, &name.0, expected, document).await?)
}
