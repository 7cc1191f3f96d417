//! `/api/v1/projects/{project}/trust-policy` and `/api/v1/trust-policy`.

mod artifact;
mod facts;
mod organisation_policy;
mod project_policy;
mod summary_key;
mod verification;
mod view;

use actix_web::http::StatusCode;
use utoipa_actix_web::service_config::ServiceConfig;

use super::error::TrustError;
use crate::blobs::BlobError;
use crate::http::{BodyError, Problem};

/// When to try again, if others were faster.
const RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .configure(facts::configure)
        .service(summary_key::list_summary_keys)
        .service(artifact::get_trust)
        .service(artifact::verify_artifact)
        .service(artifact::attest_artifact)
        .service(verification::list_verifications)
        .service(verification::list_reliant)
        .service(project_policy::get_project_policy)
        .service(project_policy::set_project_policy)
        .service(project_policy::remove_project_policy)
        .service(project_policy::list_project_policy_revisions)
        .service(project_policy::get_project_policy_revision)
        .service(project_policy::get_project_policy_document)
        .service(project_policy::revoke_project_signer)
        .service(organisation_policy::get_policy)
        .service(organisation_policy::set_policy)
        .service(organisation_policy::remove_policy)
        .service(organisation_policy::list_policy_revisions)
        .service(organisation_policy::get_policy_revision)
        .service(organisation_policy::get_policy_document)
        .service(organisation_policy::revoke_signer);
}

impl From<TrustError> for Problem {
    fn from(error: TrustError) -> Self {
        let detail = error.to_string();
        let new = |status, code| Self::new(status, code, detail.clone());
        match error {
            TrustError::Access(error) => error.into(),
            TrustError::Db(error) => error.into(),
            TrustError::NoPolicy(_) => new(StatusCode::NOT_FOUND, "no_trust_policy"),
            TrustError::NoSuchProject(_) | TrustError::NoSuchRevision(_) | TrustError::NoSuchSigner(_) => {
                Self::not_found(detail)
            }
            TrustError::RevisionUnsaid { .. } => {
                new(StatusCode::PRECONDITION_REQUIRED, "precondition_required")
            }
            TrustError::Stale { .. } => new(StatusCode::PRECONDITION_FAILED, "stale_revision"),
            TrustError::RevokedEarlier { .. } => new(StatusCode::CONFLICT, "revoked_earlier"),
            TrustError::Contended => new(StatusCode::SERVICE_UNAVAILABLE, "contended").retry_after(RETRY),
            TrustError::BadPolicy(_) => new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_policy"),
            TrustError::Unusable { .. }
            | TrustError::BadSummary(_)
            | TrustError::Keys(_)
            | TrustError::Failed(_) => Self::internal(&detail),
            TrustError::NoSuchArtifact(_) => Self::not_found(detail),
            TrustError::TooManyRepositories => new(StatusCode::UNPROCESSABLE_ENTITY, "too_many_repositories"),
            TrustError::BadCursor => Self::invalid(detail),
            TrustError::Refused { reason } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, reason.code(), detail)
            }
            TrustError::Registry(error) => error.into(),
            TrustError::Body(error) => of_body(&error, detail),
            TrustError::Storage(error) => of_storage(error, detail),
        }
    }
}

fn of_body(error: &BodyError, detail: String) -> Problem {
    let (status, code) = match error {
        BodyError::Incomplete => (StatusCode::BAD_REQUEST, "incomplete_body"),
        BodyError::Stalled => (StatusCode::REQUEST_TIMEOUT, "stalled_body"),
        BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
    };
    Problem::new(status, code, detail)
}

fn of_storage(error: BlobError, detail: String) -> Problem {
    match error {
        BlobError::Db(error) => error.into(),
        BlobError::StorageFull => Problem::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", detail),
        BlobError::Unavailable(_) => {
            tracing::warn!(error = %detail, "request turned away");
            Problem::busy()
        }
        _ => Problem::internal(&detail),
    }
}
