//! `/api/v1/projects/{project}/releases`.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::path::Named;
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::releases::model::{ArtifactKind, Labels, Release, ReleaseArtifact, ReleaseRef};
use crate::releases::service::{NewArtifact, NewRelease, Releases};
use crate::types::{Digest, ProjectName, Reference, ReferenceError, ReleaseName, RepoName, Tag};

/// An artifact of a release.
#[derive(Serialize, ToSchema)]
pub struct ReleaseArtifactView {
    /// In which repository.
    #[schema(value_type = String)]
    repository: RepoName,
    /// The manifest, by SHA-256.
    #[schema(value_type = String)]
    digest: Digest,
    /// What it is to the release.
    role: String,
    /// What kind of thing it is.
    kind: ArtifactKind,
}

impl From<ReleaseArtifact> for ReleaseArtifactView {
    fn from(artifact: ReleaseArtifact) -> Self {
        let ReleaseArtifact { repository, digest, role, kind, .. } = artifact;
        Self { repository, digest, role, kind }
    }
}

/// A release.
#[derive(Serialize, ToSchema)]
pub struct ReleaseView {
    /// Opaque id.
    id: Uuid,
    /// Its line.
    #[schema(value_type = String)]
    name: ReleaseName,
    /// Its version within the line.
    #[schema(value_type = String)]
    version: Tag,
    /// SHA-256 of what it consists of, in whatever order and by whatever version.
    #[schema(value_type = String)]
    content: Digest,
    /// What it consists of.
    artifacts: Vec<ReleaseArtifactView>,
    /// Labels.
    labels: Labels,
    /// When it was made, RFC 3339.
    created_at: String,
}

impl From<Release> for ReleaseView {
    fn from(release: Release) -> Self {
        Self {
            id: release.id.uuid(),
            name: release.name,
            version: release.version,
            content: release.content,
            artifacts: release.artifacts.into_iter().map(Into::into).collect(),
            labels: release.labels,
            created_at: release.created_at.to_rfc3339(),
        }
    }
}

/// An artifact that a release is to consist of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewArtifactBody {
    /// In which repository of the project: its whole name.
    #[schema(value_type = String)]
    repository: RepoName,
    /// A tag or digest. A tag stands for what it points at now.
    reference: String,
    /// What it is to the release: 1 to 64 lower-case letters, digits and '-'.
    role: String,
}

/// A release to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRelease {
    /// Its line: all versions of one name. A repository belongs to one line of its project.
    #[schema(value_type = String)]
    name: ReleaseName,
    /// Its version within the line, by the grammar of tags: an environment's view shows it under this.
    #[schema(value_type = String)]
    version: Tag,
    /// 1 to 32 artifacts.
    artifacts: Vec<NewArtifactBody>,
    /// At most 16 labels. The label `risk` (low, medium or high) is what gates ask about; without it the risk counts as high.
    #[serde(default)]
    labels: Labels,
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ReleaseFilter {
    /// Of one line.
    #[param(value_type = Option<String>)]
    name: Option<ReleaseName>,
    /// Of one content.
    #[param(value_type = Option<String>)]
    content: Option<Digest>,
}

/// Makes a release of what the project holds. The same again is the same release.
#[utoipa::path(tag = "releases",
    params(("project" = String, Path, description = "The project's name")),
    request_body = CreateRelease,
    responses(
        (status = 200, description = "The same release is there already", body = ReleaseView),
        (status = 201, description = "The release", body = ReleaseView),
        (status = 400, description = "The artifacts can't be a release", body = ProblemBody),
        (status = 403, description = "Needs the role publisher, promoter or project-owner, and to read the artifacts", body = ProblemBody),
        (status = 404, description = "No such project, repository or artifact", body = ProblemBody),
        (status = 409, description = "Another release has the version, or a repository belongs to another line", body = ProblemBody),
    ),
)]
#[post("/projects/{project}/releases")]
pub async fn create_release(
    allowed: Allowed<demands::CreateRelease, ProjectName>,
    releases: web::Data<Releases>,
    body: web::Json<CreateRelease>,
) -> Result<HttpResponse, Problem> {
    let CreateRelease { name, version, artifacts, labels } = body.into_inner();
    let artifact = |body: NewArtifactBody| {
        let reference: Reference =
            body.reference.parse().map_err(|error: ReferenceError| Problem::invalid(error))?;
        Ok(NewArtifact { repository: body.repository, reference, role: body.role })
    };
    let artifacts = artifacts.into_iter().map(artifact).collect::<Result<_, Problem>>()?;
    let new = NewRelease { name, version, artifacts, labels };
    let (release, is_new) = releases.create_release(&allowed.caller, &allowed.scope, new).await?;
    let mut response = if is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.insert_header((LOCATION, format!("/api/v1/projects/{}/releases/{}", allowed.scope, release.id)));
    Ok(response.json(ReleaseView::from(release)))
}

/// Lists a project's releases, newest first.
#[utoipa::path(tag = "releases",
    params(("project" = String, Path, description = "The project's name"), ReleaseFilter, PageQuery),
    responses(
        (status = 200, description = "A page of releases", body = Page<ReleaseView>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/releases")]
pub async fn list_releases(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    filter: web::Query<ReleaseFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ReleaseView>>, Problem> {
    let ReleaseFilter { name, content } = filter.into_inner();
    let page = releases.list_releases(&allowed.scope, name, content, &page.parse()?).await?;
    Ok(web::Json(page.map(ReleaseView::from)))
}

/// Shows a release.
#[utoipa::path(tag = "releases",
    params(
        ("project" = String, Path, description = "The project's name"),
        ("release" = String, Path, description = "Its id, name@version, or the digest of its content"),
    ),
    responses(
        (status = 200, description = "The release", body = ReleaseView),
        (status = 400, description = "It is named by none of these", body = ProblemBody),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such project or release", body = ProblemBody),
    ),
)]
#[get("/projects/{project}/releases/{release}")]
pub async fn get_release(
    allowed: Allowed<demands::ReadProject, ProjectName>,
    releases: web::Data<Releases>,
    named: Named<ReleaseRef>,
) -> Result<web::Json<ReleaseView>, Problem> {
    Ok(web::Json(releases.release(&allowed.scope, &named.0).await?.into()))
}
