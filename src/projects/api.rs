//! `/api/v1/projects`.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, patch, post, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Project, SettingsChange, Sparse, TagMode, Visibility};
use super::service::{ProjectError, Projects};
use crate::access::{Allowed, Viewer, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody, edited_revision, etag, revision_unsaid};
use crate::types::{ProjectName, TagPattern};

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_projects).service(create_project).service(get_project).service(update_project);
}

/// A project with the settings that hold.
#[derive(Serialize, ToSchema)]
pub struct ProjectView {
    /// Opaque id.
    id: Uuid,
    /// First segment of its repositories.
    #[schema(value_type = String)]
    name: ProjectName,
    /// Revision of the settings; the entity tag holds it too.
    revision: i64,
    /// When it came to be, RFC 3339.
    created_at: String,
    /// Who may read.
    visibility: Visibility,
    /// Whether tags may move.
    tags: TagMode,
    /// Whether a manifest may come before what it names.
    sparse: Sparse,
    /// Tags that may move although tags are immutable.
    #[schema(value_type = Vec<String>)]
    mutable_patterns: Vec<TagPattern>,
    /// Shapes one of which every tag must have; none means any.
    #[schema(value_type = Vec<String>)]
    required_patterns: Vec<TagPattern>,
}

impl From<Project> for ProjectView {
    fn from(project: Project) -> Self {
        Self {
            id: project.id.uuid(),
            name: project.name,
            revision: project.revision,
            created_at: project.created_at.to_rfc3339(),
            visibility: project.settings.visibility,
            tags: project.settings.tags,
            sparse: project.settings.sparse,
            mutable_patterns: project.settings.mutable_patterns,
            required_patterns: project.settings.required_patterns,
        }
    }
}

/// A project to create. What is absent is as the installation's defaults say.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateProject {
    /// First segment of its repositories.
    #[schema(value_type = String)]
    name: ProjectName,
    /// Who may read.
    visibility: Option<Visibility>,
    /// Whether tags may move.
    tags: Option<TagMode>,
    /// Whether a manifest may come before what it names.
    sparse: Option<Sparse>,
    /// Tags that may move although tags are immutable: at most 20 of `semver`, `git-sha` or regular expressions.
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    mutable_patterns: Option<Vec<TagPattern>>,
    /// Shapes one of which every tag must have, in the same form.
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    required_patterns: Option<Vec<TagPattern>>,
}

/// An edit of a project. What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateProject {
    /// Who may read.
    visibility: Option<Visibility>,
    /// Whether tags may move.
    tags: Option<TagMode>,
    /// Whether a manifest may come before what it names.
    sparse: Option<Sparse>,
    /// Tags that may move although tags are immutable: the whole list, at most 20.
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    mutable_patterns: Option<Vec<TagPattern>>,
    /// Shapes one of which every tag must have: the whole list, at most 20.
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    required_patterns: Option<Vec<TagPattern>>,
}

/// Lists the projects that the caller may see, by name.
#[utoipa::path(tag = "projects", params(PageQuery), responses(
    (status = 200, description = "A page of projects", body = Page<ProjectView>),
))]
#[get("/projects")]
async fn list_projects(
    viewer: Viewer,
    projects: web::Data<Projects>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ProjectView>>, Problem> {
    Ok(web::Json(projects.list(&viewer.readable, &page.parse()?).await?.map(ProjectView::from)))
}

/// Creates a project.
#[utoipa::path(tag = "projects", request_body = CreateProject, responses(
    (status = 201, description = "The project", body = ProjectView, headers(("ETag" = String))),
    (status = 400, description = "Bad settings", body = ProblemBody),
    (status = 403, description = "Needs the role org-admin", body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
))]
#[post("/projects")]
async fn create_project(
    allowed: Allowed<demands::CreateProject>,
    projects: web::Data<Projects>,
    body: web::Json<CreateProject>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let change = SettingsChange {
        visibility: body.visibility,
        tags: body.tags,
        sparse: body.sparse,
        mutable_patterns: body.mutable_patterns,
        required_patterns: body.required_patterns,
    };
    let settings = change.apply(projects.defaults());
    let project = projects.create(&allowed.caller, &body.name, settings).await?;
    let mut response = HttpResponse::Created();
    response.insert_header((LOCATION, format!("/api/v1/projects/{}", project.name)));
    Ok(answer(response, project))
}

/// Shows a project.
#[utoipa::path(tag = "projects", params(("project" = String, Path, description = "The project's name")), responses(
    (status = 200, description = "The project", body = ProjectView, headers(("ETag" = String))),
    (status = 403, description = "Needs a role in the project", body = ProblemBody),
    (status = 404, description = "No such project", body = ProblemBody),
))]
#[get("/projects/{project}")]
async fn get_project(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    projects: web::Data<Projects>,
) -> Result<HttpResponse, Problem> {
    let found = projects.find(&allowed.scope).await?;
    let project = found.ok_or(ProjectError::NotFound(allowed.scope))?;
    Ok(answer(HttpResponse::Ok(), project))
}

/// Changes a project's settings.
#[utoipa::path(tag = "projects",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("If-Match" = String, Header, description = "The revision that is edited, as in ETag"),
    ),
    request_body = UpdateProject,
    responses(
        (status = 200, description = "The project as it is now", body = ProjectView, headers(("ETag" = String))),
        (status = 400, description = "Bad settings", body = ProblemBody),
        (status = 403, description = "Needs the role project-owner", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
        (status = 412, description = "Another revision holds", body = ProblemBody),
        (status = 428, description = "If-Match is missing", body = ProblemBody),
    ),
)]
#[patch("/projects/{project}")]
async fn update_project(
    allowed: Allowed<demands::AdministerProject, ProjectName>,
    projects: web::Data<Projects>,
    request: HttpRequest,
    body: web::Json<UpdateProject>,
) -> Result<HttpResponse, Problem> {
    let revision = edited_revision(&request, "the project")?.ok_or_else(|| revision_unsaid("the project"))?;
    let body = body.into_inner();
    let change = SettingsChange {
        visibility: body.visibility,
        tags: body.tags,
        sparse: body.sparse,
        mutable_patterns: body.mutable_patterns,
        required_patterns: body.required_patterns,
    };
    let project = projects.update(&allowed.caller, &allowed.scope, revision, change).await?;
    Ok(answer(HttpResponse::Ok(), project))
}

/// A project with its entity tag: the revision, for nothing else of it ever changes.
fn answer(mut response: HttpResponseBuilder, project: Project) -> HttpResponse {
    response.insert_header((ETAG, etag(project.revision))).json(ProjectView::from(project))
}

impl From<ProjectError> for Problem {
    fn from(error: ProjectError) -> Self {
        let detail = error.to_string();
        match error {
            ProjectError::Exists(_) => Self::new(StatusCode::CONFLICT, "project_exists", detail),
            ProjectError::NotFound(_) => Self::not_found(detail),
            ProjectError::Stale { .. } => {
                Self::new(StatusCode::PRECONDITION_FAILED, "stale_revision", detail)
            }
            ProjectError::Settings(_) => Self::invalid(detail),
            ProjectError::Db(error) => error.into(),
        }
    }
}
