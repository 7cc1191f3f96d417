//! `/api/v1/environments`.

use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::path::Named;
use crate::access::SignedIn;
use crate::http::{Page, PageQuery, Problem, ProblemBody, edited_revision, etag, revision_unsaid};
use crate::releases::model::{Environment, EnvironmentSettings, Labels, Sensitivity, Tier, USUAL_DRAIN};
use crate::releases::service::Releases;
use crate::types::EnvironmentName;

/// An environment.
#[derive(Serialize, ToSchema)]
pub struct EnvironmentView {
    /// Opaque id.
    id: Uuid,
    /// Its name.
    #[schema(value_type = String)]
    name: EnvironmentName,
    /// Revision of what is said of it; the entity tag holds it too.
    revision: i64,
    /// What kind of place it is.
    tier: Tier,
    /// How much harm can be done there.
    sensitivity: Sensitivity,
    /// Labels.
    labels: Labels,
    /// How long a predecessor is shown once its successor was verified, in seconds.
    drain_seconds: i64,
    /// Since when the revision holds, RFC 3339.
    since: String,
}

impl From<Environment> for EnvironmentView {
    fn from(environment: Environment) -> Self {
        let EnvironmentSettings { tier, sensitivity, labels, drain_seconds } = environment.settings;
        Self {
            id: environment.id.uuid(),
            name: environment.name,
            revision: environment.revision,
            tier,
            sensitivity,
            labels,
            drain_seconds,
            since: environment.since.to_rfc3339(),
        }
    }
}

/// An environment to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateEnvironment {
    /// Its name: one segment of a repository name, at most 64 characters. It stays.
    #[schema(value_type = String)]
    name: EnvironmentName,
    /// What kind of place it is.
    tier: Tier,
    /// How much harm can be done there; `high` in production and `medium` elsewhere unless named.
    sensitivity: Option<Sensitivity>,
    /// At most 16 labels.
    #[serde(default)]
    labels: Labels,
    /// How long a predecessor is shown once its successor was verified, in seconds; an hour unless named.
    drain_seconds: Option<i64>,
}

/// An edit of an environment. What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateEnvironment {
    /// What kind of place it is.
    tier: Option<Tier>,
    /// How much harm can be done there.
    sensitivity: Option<Sensitivity>,
    /// All labels.
    labels: Option<Labels>,
    /// How long a predecessor is shown once its successor was verified, in seconds.
    drain_seconds: Option<i64>,
}

/// Lists the environments of the organisation, by name.
#[utoipa::path(tag = "environments", params(PageQuery), responses(
    (status = 200, description = "A page of environments", body = Page<EnvironmentView>),
))]
#[get("/environments")]
pub async fn list_environments(
    _: SignedIn,
    releases: web::Data<Releases>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<EnvironmentView>>, Problem> {
    Ok(web::Json(releases.list_environments(&page.parse()?).await?.map(EnvironmentView::from)))
}

/// Creates an environment.
#[utoipa::path(tag = "environments", request_body = CreateEnvironment, responses(
    (status = 201, description = "The environment", body = EnvironmentView, headers(("ETag" = String))),
    (status = 400, description = "Bad settings", body = ProblemBody),
    (status = 403, description = "Needs the role policy-admin for the organisation", body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
))]
#[post("/environments")]
pub async fn create_environment(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    body: web::Json<CreateEnvironment>,
) -> Result<HttpResponse, Problem> {
    let CreateEnvironment { name, tier, sensitivity, labels, drain_seconds } = body.into_inner();
    let usual = if tier == Tier::Production { Sensitivity::High } else { Sensitivity::Medium };
    let settings = EnvironmentSettings {
        tier,
        sensitivity: sensitivity.unwrap_or(usual),
        labels,
        drain_seconds: drain_seconds.unwrap_or(USUAL_DRAIN),
    };
    let environment = releases.create_environment(&signed_in.caller, &name, settings).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, format!("/api/v1/environments/{}", environment.name)));
    Ok(answer(response, environment))
}

/// Shows an environment.
#[utoipa::path(tag = "environments", params(("environment" = String, Path, description = "Its name")), responses(
    (status = 200, description = "The environment", body = EnvironmentView, headers(("ETag" = String))),
    (status = 404, description = "No such environment", body = ProblemBody),
))]
#[get("/environments/{environment}")]
pub async fn get_environment(
    _: SignedIn,
    releases: web::Data<Releases>,
    path: Named<EnvironmentName>,
) -> Result<HttpResponse, Problem> {
    Ok(answer(HttpResponse::Ok(), releases.environment(&path.0).await?))
}

/// Changes what is said of an environment.
#[utoipa::path(tag = "environments",
    params(
        ("environment" = String, Path, description = "Its name"),
        ("If-Match" = String, Header, description = "The revision that is edited, as in ETag"),
    ),
    request_body = UpdateEnvironment,
    responses(
        (status = 200, description = "The environment as it is now", body = EnvironmentView, headers(("ETag" = String))),
        (status = 400, description = "Bad settings", body = ProblemBody),
        (status = 403, description = "Needs the role policy-admin for the organisation", body = ProblemBody),
        (status = 404, description = "No such environment", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
    ),
)]
#[patch("/environments/{environment}")]
pub async fn update_environment(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    path: Named<EnvironmentName>,
    request: HttpRequest,
    body: web::Json<UpdateEnvironment>,
) -> Result<HttpResponse, Problem> {
    let what = "the environment";
    let revision = edited_revision(&request, what)?.ok_or_else(|| revision_unsaid(what))?;
    let edit = body.into_inner();
    let change = move |held: &EnvironmentSettings| EnvironmentSettings {
        tier: edit.tier.unwrap_or(held.tier),
        sensitivity: edit.sensitivity.unwrap_or(held.sensitivity),
        labels: edit.labels.as_ref().unwrap_or(&held.labels).clone(),
        drain_seconds: edit.drain_seconds.unwrap_or(held.drain_seconds),
    };
    let environment = releases.update_environment(&signed_in.caller, &path.0, revision, change).await?;
    Ok(answer(HttpResponse::Ok(), environment))
}

fn answer(mut response: HttpResponseBuilder, environment: Environment) -> HttpResponse {
    response.insert_header((ETAG, etag(environment.revision))).json(EnvironmentView::from(environment))
}
