//! `/api/v1/projects/{project}/lifecycle`.

use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, post, put, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody, RequestBody, edited_revision, etag, read_limited};
use crate::releases::error::ReleaseError;
use crate::releases::model::{LIFECYCLE_LIMIT, Lifecycle, LifecycleRevision};
use crate::releases::service::Releases;
use crate::types::ProjectName;

/// What an edit must name the revision of.
const WHAT: &str = "the lifecycle that holds";

/// A revision of a lifecycle.
#[derive(Serialize, ToSchema)]
pub struct LifecycleView {
    /// Counts from 1; the entity tag of the one that holds is it too.
    revision: i64,
    /// Whether it holds.
    is_active: bool,
    /// When it was set, RFC 3339.
    set_at: String,
    /// As it was set.
    #[schema(value_type = Object)]
    document: Box<RawValue>,
    /// With what its template gives.
    #[schema(value_type = Lifecycle)]
    effective: Box<RawValue>,
}

impl TryFrom<LifecycleRevision> for LifecycleView {
    type Error = Problem;

    fn try_from(kept: LifecycleRevision) -> Result<Self, Problem> {
        let raw = |text: String| RawValue::from_string(text).map_err(|error| Problem::internal(&error));
        Ok(Self {
            revision: kept.revision,
            is_active: kept.is_active,
            set_at: kept.set_at.to_rfc3339(),
            document: raw(kept.document)?,
            effective: raw(kept.effective)?,
        })
    }
}

/// A revision in a list.
#[derive(Serialize, ToSchema)]
pub struct LifecycleBrief {
    /// Counts from 1.
    revision: i64,
    /// Whether it holds.
    is_active: bool,
    /// When it was set, RFC 3339.
    set_at: String,
}

impl From<LifecycleRevision> for LifecycleBrief {
    fn from(kept: LifecycleRevision) -> Self {
        Self { revision: kept.revision, is_active: kept.is_active, set_at: kept.set_at.to_rfc3339() }
    }
}

/// Whether a revision is to hold.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SetQuery {
    /// Whether it holds at once; `true` unless named. One that waits can be asked about by dry runs, and activated later.
    activate: Option<bool>,
}

/// A revision, with the entity tag that an edit of what holds names.
pub(super) fn answer(
    mut response: HttpResponseBuilder,
    kept: LifecycleRevision,
) -> Result<HttpResponse, Problem> {
    if kept.is_active {
        response.insert_header((ETAG, etag(kept.revision)));
    }
    Ok(response.json(LifecycleView::try_from(kept)?))
}

/// Shows the lifecycle that holds in a project.
#[utoipa::path(tag = "lifecycles", params(("project" = String, Path, description = "The project's name")), responses(
    (status = 200, description = "The lifecycle", body = LifecycleView, headers(("ETag" = String))),
    (status = 403, description = "Needs a role in the project", body = ProblemBody),
    (status = 404, description = "No such project", body = ProblemBody),
    (status = 409, description = "The project has no lifecycle", body = ProblemBody),
))]
#[get("/projects/{project}/lifecycle")]
pub async fn get_lifecycle(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
) -> Result<HttpResponse, Problem> {
    answer(HttpResponse::Ok(), releases.lifecycle(&allowed.scope, None).await?)
}

/// Sets a project's lifecycle: the first without If-Match, each other on the revision that holds. Approvals under another
/// revision count for nothing from then on, and what is on its way is judged again.
#[utoipa::path(tag = "lifecycles",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("If-Match" = Option<String>, Header, description = "The revision that holds, as in ETag; absent for the first"),
        SetQuery,
    ),
    request_body = Lifecycle,
    responses(
        (status = 200, description = "The revision", body = LifecycleView, headers(("ETag" = String))),
        (status = 403, description = "Needs the role policy-admin in the project", body = ProblemBody),
        (status = 404, description = "No such project or template", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 413, description = "Longer than 24 KiB", body = ProblemBody),
        (status = 422, description = "It can't be used; the detail says why, and what to do", body = ProblemBody),
        (status = 428, description = "There is one, and If-Match is missing", body = ProblemBody),
    ),
)]
#[put("/projects/{project}/lifecycle")]
pub async fn set_lifecycle(
    allowed: Allowed<demands::AdministerPolicy, ProjectName>,
    releases: web::Data<Releases>,
    request: HttpRequest,
    query: web::Query<SetQuery>,
    body: RequestBody,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, WHAT)?;
    let document = read_limited(body, LIFECYCLE_LIMIT).await.map_err(ReleaseError::from)?;
    let activate = query.activate.unwrap_or(true);
    let (caller, project) = (&allowed.caller, &allowed.scope);
    let kept = releases.set_lifecycle(caller, project, expected, document, activate).await?;
    answer(HttpResponse::Ok(), kept)
}

/// Lists the revisions of a project's lifecycle, newest first.
#[utoipa::path(tag = "lifecycles",
    params(("project" = String, Path, description = "The project's name"), PageQuery),
    responses(
        (status = 200, description = "A page of revisions", body = Page<LifecycleBrief>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/lifecycle/revisions")]
pub async fn list_lifecycle_revisions(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<LifecycleBrief>>, Problem> {
    let page = releases.lifecycle_revisions(&allowed.scope, &page.parse()?).await?;
    Ok(web::Json(page.map(LifecycleBrief::from)))
}

/// Shows a revision of a project's lifecycle.
#[utoipa::path(tag = "lifecycles",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("revision" = i64, Path, description = "Which revision"),
    ),
    responses(
        (status = 200, description = "The revision", body = LifecycleView),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project or revision", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/lifecycle/revisions/{revision}")]
pub async fn get_lifecycle_revision(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    path: web::Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    answer(HttpResponse::Ok(), releases.lifecycle(&allowed.scope, Some(path.1)).await?)
}

/// Lets a revision hold that was set before.
#[utoipa::path(tag = "lifecycles",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("revision" = i64, Path, description = "Which revision"),
        ("If-Match" = Option<String>, Header, description = "The revision that holds, as in ETag; absent where none does"),
    ),
    responses(
        (status = 200, description = "The revision that holds now", body = LifecycleView, headers(("ETag" = String))),
        (status = 403, description = "Needs the role policy-admin in the project", body = ProblemBody),
        (status = 404, description = "No such project or revision", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 422, description = "It does not fit its template any more", body = ProblemBody),
        (status = 428, description = "One holds, and If-Match is missing", body = ProblemBody),
    ),
)]
#[post("/projects/{project}/lifecycle/revisions/{revision}/activation")]
pub async fn activate_lifecycle(
    allowed: Allowed<demands::AdministerPolicy, ProjectName>,
    releases: web::Data<Releases>,
    request: HttpRequest,
    path: web::Path<(String, i64)>,
) -> Result<HttpResponse, Problem> {
    let expected = edited_revision(&request, WHAT)?;
    let kept = releases.activate_lifecycle(&allowed.caller, &allowed.scope, expected, path.1).await?;
    answer(HttpResponse::Ok(), kept)
}
