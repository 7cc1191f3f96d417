//! `/api/v1/environments/{environment}/rollback-targets`.

use actix_web::{get, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::path::Named;
use super::releases::ReleaseView;
use crate::access::SignedIn;
use crate::http::{Page, Problem, ProblemBody};
use crate::releases::model::{ReleaseRef, ReleaseRefError};
use crate::releases::service::Releases;
use crate::types::{Digest, EnvironmentName, ProjectName};

/// A release that an environment could go back to.
#[derive(Serialize, ToSchema)]
pub struct RollbackTargetView {
    /// The release.
    release: ReleaseView,
    /// When it was verified there last, RFC 3339.
    verified_at: String,
    /// Artifacts of it that are in quarantine: it can't be gone back to.
    #[schema(value_type = Vec<String>)]
    quarantined: Vec<Digest>,
}

/// Of which line.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Line {
    /// The project's name.
    #[param(value_type = String)]
    project: ProjectName,
    /// Any release of the line: its id, name@version, or the digest of its content.
    release: String,
}

/// Lists the releases of a line that were verified in the environment before, the last first: at most 50.
#[utoipa::path(tag = "environments",
    params(("environment" = String, Path, description = "Its name"), Line),
    responses(
        (status = 200, description = "What can be gone back to", body = Page<RollbackTargetView>),
        (status = 403, description = "Needs a role in the project", body = ProblemBody),
        (status = 404, description = "No such environment, project or release", body = ProblemBody),
    ),
)]
#[get("/environments/{environment}/rollback-targets")]
pub async fn list_rollback_targets(
    signed_in: SignedIn,
    releases: web::Data<Releases>,
    environment: Named<EnvironmentName>,
    line: web::Query<Line>,
) -> Result<web::Json<Page<RollbackTargetView>>, Problem> {
    let Line { project, release } = line.into_inner();
    let release: ReleaseRef = release.parse().map_err(|error: ReleaseRefError| Problem::invalid(error))?;
    let targets = releases.rollback_targets(&signed_in.caller, &project, &environment.0, &release).await?;
    let view = |target: crate::releases::service::RollbackTarget| RollbackTargetView {
        release: target.release.into(),
        verified_at: target.verified_at.to_rfc3339(),
        quarantined: target.quarantined,
    };
    Ok(web::Json(Page { items: targets.into_iter().map(view).collect(), next: None }))
}
