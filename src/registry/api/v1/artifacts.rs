//! `/api/v1/projects/{project}/artifacts?repository=`.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, delete, get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::scope::{QueriedRepository, RepositoryQuery};
use crate::access::{Allowed, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::registry::Registry;
use crate::registry::model::{Artifact, Referrer};
use crate::registry::service::ReferrerQuery;
use crate::types::{Digest, MediaType};

/// An artifact: a manifest in a repository.
#[derive(Serialize, ToSchema)]
pub struct ArtifactView {
    /// By SHA-256.
    digest: String,
    /// The same bytes by SHA-512.
    sha512: String,
    /// What it is served as.
    media_type: String,
    /// What kind of artifact it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    /// The digest that it refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Its annotations; only where one artifact is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<String, String>>,
    /// Bytes of the manifest.
    size: i64,
    /// The account that pushed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pushed_by: Option<String>,
    /// When, RFC 3339.
    pushed_at: String,
    /// The tags that point at it.
    tags: Vec<String>,
}

impl From<Artifact> for ArtifactView {
    fn from(artifact: Artifact) -> Self {
        Self {
            digest: artifact.sha256.to_string(),
            sha512: artifact.sha512.to_string(),
            media_type: artifact.media_type,
            artifact_type: artifact.artifact_type,
            subject: artifact.subject.map(String::from),
            annotations: None,
            size: artifact.size,
            pushed_by: artifact.pushed_by.map(|account| account.to_string()),
            pushed_at: artifact.pushed_at.to_rfc3339(),
            tags: artifact.tags.into_iter().map(String::from).collect(),
        }
    }
}

/// A manifest that refers to another.
#[derive(Serialize, ToSchema)]
pub struct ReferrerView {
    /// Its digest.
    digest: String,
    /// What it is served as.
    media_type: String,
    /// What kind of artifact it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    /// Bytes.
    size: u64,
    /// Its annotations.
    annotations: BTreeMap<String, String>,
}

impl From<Referrer> for ReferrerView {
    fn from(referrer: Referrer) -> Self {
        Self {
            digest: referrer.digest.to_string(),
            media_type: referrer.media_type.to_string(),
            artifact_type: referrer.artifact_type,
            size: referrer.size,
            annotations: referrer.annotations,
        }
    }
}

/// What narrows a list of referrers.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReferrerFilter {
    /// One kind of artifact only.
    #[param(value_type = Option<String>)]
    artifact_type: Option<MediaType>,
}

/// Lists the artifacts of a repository, by digest.
#[utoipa::path(tag = "artifacts", params(("project" = String, Path), RepositoryQuery, PageQuery), responses(
    (status = 200, description = "A page of artifacts", body = Page<ArtifactView>),
    (status = 403, description = "Needs the role reader", body = ProblemBody),
    (status = 404, description = "No such repository", body = ProblemBody),
))]
#[get("/projects/{project}/artifacts")]
pub async fn list_artifacts(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    registry: web::Data<Registry>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ArtifactView>>, Problem> {
    let page = registry.list_artifacts(&allowed.scope.0, &page.parse()?).await?;
    Ok(web::Json(page.map(ArtifactView::from)))
}

/// Shows one artifact, by either of its digests.
#[utoipa::path(tag = "artifacts",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery),
    responses(
        (status = 200, description = "The artifact", body = ArtifactView),
        (status = 404, description = "No such artifact", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}")]
pub async fn get_artifact(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
) -> Result<web::Json<ArtifactView>, Problem> {
    let (artifact, annotations) = registry.artifact(&allowed.scope.0, &digest(&path.1)?).await?;
    Ok(web::Json(ArtifactView { annotations: Some(annotations), ..artifact.into() }))
}

/// Deletes an artifact with the tags that point at it. One that holds an immutable tag needs the role project-owner; one that
/// a release consists of stays.
#[utoipa::path(tag = "artifacts",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Needs the role publisher, or project-owner", body = ProblemBody),
        (status = 404, description = "No such artifact", body = ProblemBody),
        (status = 409, description = "A release consists of it", body = ProblemBody),
    )
)]
#[delete("/projects/{project}/artifacts/{digest}")]
pub async fn delete_artifact(
    allowed: Allowed<demands::Delete, QueriedRepository>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    registry.delete_manifest(&allowed.caller, &allowed.scope.0, &digest(&path.1)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists what refers to an artifact: signatures, attestations, and all else that names it as its subject.
#[utoipa::path(tag = "artifacts",
    params(("project" = String, Path), ("digest" = String, Path), RepositoryQuery, ReferrerFilter, PageQuery),
    responses(
        (status = 200, description = "A page of referrers", body = Page<ReferrerView>),
        (status = 403, description = "Needs the role reader", body = ProblemBody),
    )
)]
#[get("/projects/{project}/artifacts/{digest}/referrers")]
pub async fn list_referrers(
    allowed: Allowed<demands::Pull, QueriedRepository>,
    registry: web::Data<Registry>,
    path: web::Path<(String, String)>,
    filter: web::Query<ReferrerFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<ReferrerView>>, Problem> {
    let page = page.parse()?;
    let query = ReferrerQuery {
        subject: digest(&path.1)?,
        artifact_type: filter.into_inner().artifact_type,
        last: page.after.as_deref().map(digest).transpose()?,
        limit: page.limit,
    };
    let found = registry.referrers(&allowed.scope.0, &query).await?;
    let items = found.referrers.into_iter().map(ReferrerView::from).collect();
    Ok(web::Json(Page::with_next(items, found.next.map(String::from))))
}

fn digest(text: &str) -> Result<Digest, Problem> {
    text.parse().map_err(|error| Problem::invalid(format_args!("{text}: {error}")))
}
