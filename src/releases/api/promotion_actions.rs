//! `/api/v1/promotions/{promotion}/…`: what is said to a promotion, and what became of it.

use actix_web::{post, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::promotion_views::PromotionView;
use crate::access::SignedIn;
use crate::http::{Problem, ProblemBody};
use crate::releases::model::{Report, Verdict};
use crate::releases::service::Releases;

/// A yes or no.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Approve {
    /// Which.
    verdict: Verdict,
    /// What is said beside it, at most 1000 characters: personal data, which can be erased.
    comment: Option<String>,
}

/// What became of an admitted release.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportStatus {
    /// How far it is.
    status: Report,
    /// What shows it: a link or an id, at most 300 characters.
    evidence: Option<String>,
}

/// What an outside system answered about a ticket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnswerTicket {
    /// Whether it was approved there.
    approved: bool,
    /// Where more is told, at most 300 characters.
    reference: Option<String>,
}

/// Says yes or no to a promotion. It is bound to the release, the environment and the rules that hold now; one no ends the
/// promotion.
#[utoipa::path(tag = "promotions",
    params(("promotion" = String, Path, description = "The promotion's id")),
    request_body = Approve,
    responses(
        (status = 200, description = "The promotion as it stands", body = PromotionView),
        (status = 400, description = "Bad comment", body = ProblemBody),
        (status = 403, description = "Needs the role approver there; who asked for it or built it does not count", body = ProblemBody),
        (status = 404, description = "No such promotion", body = ProblemBody),
        (status = 409, description = "It is not on its way any more, or you have said so already", body = ProblemBody),
    ),
)]
#[post("/promotions/{promotion}/approvals")]
pub async fn approve(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
    body: web::Json<Approve>,
) -> Result<web::Json<PromotionView>, Problem> {
    let Approve { verdict, comment } = body.into_inner();
    let approves = verdict == Verdict::Approve;
    let id = id.into_inner().into();
    Ok(web::Json(releases.approve(&signed_in.caller, id, approves, comment.as_deref()).await?.into()))
}

/// Takes back a promotion that is on its way.
#[utoipa::path(tag = "promotions", params(("promotion" = String, Path, description = "The promotion's id")), responses(
    (status = 200, description = "The promotion as it stands", body = PromotionView),
    (status = 403, description = "Needs the role promoter there", body = ProblemBody),
    (status = 404, description = "No such promotion", body = ProblemBody),
    (status = 409, description = "It is not on its way any more", body = ProblemBody),
))]
#[post("/promotions/{promotion}/cancel")]
pub async fn cancel(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
) -> Result<web::Json<PromotionView>, Problem> {
    Ok(web::Json(releases.cancel(&signed_in.caller, id.into_inner().into()).await?.into()))
}

/// Asks the gates of a promotion again, at once. They are asked by themselves when evidence comes, time passes or rules change.
#[utoipa::path(tag = "promotions", params(("promotion" = String, Path, description = "The promotion's id")), responses(
    (status = 200, description = "The promotion as it stands", body = PromotionView),
    (status = 403, description = "Needs the role promoter there", body = ProblemBody),
    (status = 404, description = "No such promotion", body = ProblemBody),
))]
#[post("/promotions/{promotion}/reevaluate")]
pub async fn reevaluate(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
) -> Result<web::Json<PromotionView>, Problem> {
    Ok(web::Json(releases.reevaluate(&signed_in.caller, id.into_inner().into()).await?.into()))
}

/// Reports what became of an admitted release. Reported again, it changes nothing.
#[utoipa::path(tag = "promotions",
    params(("promotion" = String, Path, description = "The promotion's id")),
    request_body = ReportStatus,
    responses(
        (status = 200, description = "The promotion as it stands", body = PromotionView),
        (status = 403, description = "Needs the role deployer there", body = ProblemBody),
        (status = 404, description = "No such promotion", body = ProblemBody),
        (status = 409, description = "That can't follow", body = ProblemBody),
    ),
)]
#[post("/promotions/{promotion}/reports")]
pub async fn report(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
    body: web::Json<ReportStatus>,
) -> Result<web::Json<PromotionView>, Problem> {
    let ReportStatus { status, evidence } = body.into_inner();
    let id = id.into_inner().into();
    Ok(web::Json(releases.report(&signed_in.caller, id, status, evidence).await?.into()))
}

/// Posts what an outside system answered about a promotion's ticket.
#[utoipa::path(tag = "promotions",
    params(("promotion" = String, Path, description = "The promotion's id")),
    request_body = AnswerTicket,
    responses(
        (status = 200, description = "The promotion as it stands", body = PromotionView),
        (status = 403, description = "Needs the role approver there; not for who asked for the promotion", body = ProblemBody),
        (status = 404, description = "No such promotion", body = ProblemBody),
        (status = 409, description = "It has no ticket, or is not on its way any more", body = ProblemBody),
    ),
)]
#[post("/promotions/{promotion}/ticket-answers")]
pub async fn answer_ticket(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    id: web::Path<Uuid>,
    body: web::Json<AnswerTicket>,
) -> Result<web::Json<PromotionView>, Problem> {
    let AnswerTicket { approved, reference } = body.into_inner();
    let id = id.into_inner().into();
    Ok(web::Json(releases.answer_ticket(&signed_in.caller, id, approved, reference).await?.into()))
}
