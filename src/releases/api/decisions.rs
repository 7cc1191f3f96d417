//! `/api/v1/decisions`.

use actix_web::{post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::access::SignedIn;
use crate::http::{Problem, ProblemBody};
use crate::releases::model::{
    Action, AdmissionAnswer, AdmissionReview, DecisionReason, GateResult, ImageError,
};
use crate::releases::service::{AskedImage, Decided, Question, Releases};
use crate::types::{Digest, EnvironmentName, EventId, ProjectName, PromotionId, ReleaseId, Timestamp};

/// A question: may this digest do that there now?
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    /// An image by its digest, `registry/project/repository@sha256:…`; or name `project` and `digest`.
    image: Option<String>,
    /// The project's name.
    #[schema(value_type = Option<String>)]
    project: Option<ProjectName>,
    /// A manifest, in whatever repository of the project.
    #[schema(value_type = Option<String>)]
    digest: Option<Digest>,
    /// Where.
    #[schema(value_type = String)]
    environment: EnvironmentName,
    /// What it is to do.
    action: Action,
    /// Whether nothing is recorded.
    #[serde(default)]
    dry_run: bool,
    /// For a dry run of `promote`: a revision of the lifecycle that need not hold yet.
    lifecycle_revision: Option<i64>,
}

/// The answer.
#[derive(Serialize, ToSchema)]
pub struct DecisionView {
    /// Whether it may.
    allow: bool,
    /// Why, or why not; never empty.
    reasons: Vec<DecisionReason>,
    /// Opaque id of the release that the digest is a member of.
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<Uuid>,
    /// Opaque id of the promotion that brought it there, or is to.
    #[serde(skip_serializing_if = "Option::is_none")]
    promotion: Option<Uuid>,
    /// Not before then, as far as time decides; absent when nothing waits for a known time, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_eligible_at: Option<String>,
    /// Opaque id of the event that recorded it; absent for a dry run.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Option<Uuid>,
    /// Until when it may be relied on, RFC 3339.
    expires_at: String,
    /// What the gates said, for the action `promote`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gates: Vec<GateResult>,
}

impl From<Decided> for DecisionView {
    fn from(decided: Decided) -> Self {
        let Decided { decision, id, expires_at, gates } = decided;
        Self {
            allow: decision.allow,
            reasons: decision.reasons,
            release: decision.release.map(ReleaseId::uuid),
            promotion: decision.promotion.map(PromotionId::uuid),
            next_eligible_at: decision.next_eligible_at.map(Timestamp::to_rfc3339),
            decision_id: id.map(EventId::uuid),
            expires_at: expires_at.to_rfc3339(),
            gates,
        }
    }
}

/// Where a webhook stands.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct WebhookQuery {
    /// The environment that its cluster is.
    #[param(value_type = String)]
    environment: EnvironmentName,
}

/// Answers whether a digest may do something in an environment now. It changes nothing; the answer is recorded in the ledger
/// unless it is a dry run.
#[utoipa::path(tag = "decisions", request_body = Ask, responses(
    (status = 200, description = "The answer: only allow=true is a yes", body = DecisionView),
    (status = 400, description = "It can't be asked like that", body = ProblemBody),
    (status = 403, description = "Needs a role that reads there, for example deployer", body = ProblemBody),
    (status = 404, description = "No such project or environment", body = ProblemBody),
))]
#[post("/decisions")]
pub async fn decide(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    body: web::Json<Ask>,
) -> Result<web::Json<DecisionView>, Problem> {
    let Ask { image, project, digest, environment, action, dry_run, lifecycle_revision } = body.into_inner();
    let asked = match (image, project, digest) {
        (Some(image), None, None) => {
            AskedImage::Image(image.parse().map_err(|error: ImageError| Problem::invalid(error))?)
        }
        (None, Some(project), Some(digest)) => AskedImage::Digest(project, digest),
        _ => return Err(Problem::invalid("name either an image, or a project and a digest")),
    };
    let question = Question { asked, environment, action, dry_run, lifecycle_revision };
    Ok(web::Json(releases.decide(&signed_in.caller, &question).await?.into()))
}

/// Answers a validating admission webhook of Kubernetes (`AdmissionReview`, version v1): an object may come to be if all images
/// that it would run may be deployed. Images must be named by digest.
#[utoipa::path(tag = "decisions", params(WebhookQuery), request_body = AdmissionReview, responses(
    (status = 200, description = "The answer: only allowed=true is a yes", body = AdmissionAnswer),
    (status = 400, description = "Another version of the protocol", body = ProblemBody),
))]
#[post("/decisions/kubernetes")]
pub async fn review_admission(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    query: web::Query<WebhookQuery>,
    body: web::Json<AdmissionReview>,
) -> Result<web::Json<AdmissionAnswer>, Problem> {
    let environment = &query.environment;
    Ok(web::Json(releases.review_admission(&signed_in.caller, environment, body.into_inner()).await?))
}
