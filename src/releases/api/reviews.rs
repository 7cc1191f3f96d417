//! `/api/v1/projects/{project}/reviews`, and the review of a promotion.

use actix_web::{get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::{Allowed, SignedIn, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::releases::model::Review;
use crate::releases::service::Releases;
use crate::types::ProjectName;

/// A review that an emergency admission owes, or that was given.
#[derive(Serialize, ToSchema)]
pub struct ReviewView {
    /// Opaque id of the promotion.
    promotion: Uuid,
    /// By when it is owed, RFC 3339. Once it is late, the project's next emergency is refused.
    due_at: String,
    /// When it was given, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    given_at: Option<String>,
    /// `justified` or `unjustified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        Self {
            promotion: review.promotion.uuid(),
            due_at: review.due_at.to_rfc3339(),
            given_at: review.given.map(|(_, at, _)| at.to_rfc3339()),
            verdict: review.given.map(|(_, _, is_justified)| Review::verdict(is_justified)),
        }
    }
}

/// A review to give.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GiveReview {
    /// Whether the emergency was one.
    justified: bool,
    /// What is said beside it, at most 1000 characters: personal data, which can be erased.
    comment: Option<String>,
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReviewFilter {
    /// Only those that are owed.
    #[serde(default)]
    owed: bool,
}

/// Lists the reviews of a project's emergency admissions, oldest first.
#[utoipa::path(tag = "reviews",
    params(("project" = String, Path, description = "The project's name"), ReviewFilter, PageQuery),
    responses(
        (status = 200, description = "A page of reviews", body = Page<ReviewView>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/reviews")]
pub async fn list_reviews(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    filter: web::Query<ReviewFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ReviewView>>, Problem> {
    let page = releases.list_reviews(&allowed.scope, filter.owed, &page.parse()?).await?;
    Ok(web::Json(page.map(ReviewView::from)))
}

/// Gives the review that an emergency admission owes.
#[utoipa::path(tag = "reviews",
    params(("promotion" = String, Path, description = "The promotion's id")),
    request_body = GiveReview,
    responses(
        (status = 200, description = "The review", body = ReviewView),
        (status = 403, description = "Needs the role approver there; not for who broke the glass", body = ProblemBody),
        (status = 404, description = "No such promotion, or it owes no review", body = ProblemBody),
    ),
)]
#[post("/promotions/{promotion}/review")]
pub async fn give_review(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
    body: web::Json<GiveReview>,
) -> Result<web::Json<ReviewView>, Problem> {
    let GiveReview { justified, comment } = body.into_inner();
    let id = id.into_inner().into();
    Ok(web::Json(releases.give_review(&signed_in.caller, id, justified, comment.as_deref()).await?.into()))
}
