//! This room's errors in both forms.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::RANGE;
use serde_json::json;

use crate::blobs::BlobError;
use crate::http::{BodyError, OciCode, OciError, Problem};
use crate::registry::error::RegistryError;
use crate::registry::model::ManifestError;

/// When to come again for what is being verified.
const VERIFIED_IN: Duration = Duration::from_secs(2);

/// Status, code of `/v2`, code of `/api`.
type Mapping = (StatusCode, OciCode, &'static str);

fn mapping(error: &RegistryError) -> Mapping {
    use RegistryError as E;
    match error {
        E::UnknownProject(_) => (StatusCode::NOT_FOUND, OciCode::NameUnknown, "unknown_project"),
        E::UnknownRepository(_) => (StatusCode::NOT_FOUND, OciCode::NameUnknown, "unknown_repository"),
        E::UnknownBlob => (StatusCode::NOT_FOUND, OciCode::BlobUnknown, "unknown_blob"),
        E::UnknownManifest(_) => (StatusCode::NOT_FOUND, OciCode::ManifestUnknown, "unknown_manifest"),
        E::Manifest(ManifestError::BlobSize { .. }) => {
            (StatusCode::BAD_REQUEST, OciCode::SizeInvalid, "blob_size")
        }
        E::Manifest(_) => (StatusCode::BAD_REQUEST, OciCode::ManifestInvalid, "invalid_manifest"),
        E::MissingContent(_) => (StatusCode::NOT_FOUND, OciCode::ManifestBlobUnknown, "missing_content"),
        E::ManifestDigest { .. } => (StatusCode::BAD_REQUEST, OciCode::DigestInvalid, "digest_mismatch"),
        E::ImmutableTag { .. } => (StatusCode::CONFLICT, OciCode::Denied, "immutable_tag"),
        E::TagShape { .. } => (StatusCode::BAD_REQUEST, OciCode::TagInvalid, "tag_shape"),
        E::Protected(_) | E::DropsEvidence(_) => (StatusCode::FORBIDDEN, OciCode::Denied, "protected"),
        E::ReadDenied(_) => (StatusCode::FORBIDDEN, OciCode::Denied, "not_vouched_for"),
        E::NotShown(_) => (StatusCode::FORBIDDEN, OciCode::Denied, "not_shown"),
        E::Relied { .. } => (StatusCode::CONFLICT, OciCode::Denied, "protected_by_release"),
        E::ReadUnknown(_) => (StatusCode::SERVICE_UNAVAILABLE, OciCode::Unknown, "not_verified_yet"),
        E::BlobInUse(_) => (StatusCode::METHOD_NOT_ALLOWED, OciCode::Unsupported, "blob_in_use"),
        E::ManifestInUse(_) => (StatusCode::METHOD_NOT_ALLOWED, OciCode::Unsupported, "manifest_in_use"),
        E::Blob(error) => blob_mapping(error),
        E::Body(error) => body_mapping(error),
        E::Access(_) | E::Db(_) | E::Gate(_) => failure(),
    }
}

fn blob_mapping(error: &BlobError) -> Mapping {
    match error {
        BlobError::UnknownUpload => (StatusCode::NOT_FOUND, OciCode::BlobUploadUnknown, "unknown_upload"),
        BlobError::OutOfOrder { .. } => {
            (StatusCode::RANGE_NOT_SATISFIABLE, OciCode::BlobUploadInvalid, "out_of_order")
        }
        BlobError::ChunkLength { .. } => (StatusCode::BAD_REQUEST, OciCode::SizeInvalid, "chunk_length"),
        BlobError::Busy => (StatusCode::CONFLICT, OciCode::BlobUploadInvalid, "busy"),
        BlobError::DigestMismatch { .. } => {
            (StatusCode::BAD_REQUEST, OciCode::DigestInvalid, "digest_mismatch")
        }
        BlobError::Body(error) => body_mapping(error),
        BlobError::StorageFull => (StatusCode::INSUFFICIENT_STORAGE, OciCode::Denied, "storage_full"),
        BlobError::TooManyChunks => (StatusCode::BAD_REQUEST, OciCode::SizeInvalid, "too_many_chunks"),
        BlobError::Unavailable(_) | BlobError::Storage(_) | BlobError::Db(_) => failure(),
    }
}

const fn body_mapping(error: &BodyError) -> Mapping {
    match error {
        BodyError::Incomplete => (StatusCode::BAD_REQUEST, OciCode::SizeInvalid, "incomplete_body"),
        BodyError::Stalled => (StatusCode::REQUEST_TIMEOUT, OciCode::BlobUploadInvalid, "stalled_body"),
        BodyError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, OciCode::SizeInvalid, "too_large"),
    }
}

/// Whether it may work in a moment.
fn is_busy(error: &RegistryError) -> bool {
    match error {
        RegistryError::Db(error) | RegistryError::Blob(BlobError::Db(error)) => error.is_busy(),
        RegistryError::Blob(BlobError::Unavailable(_)) => true,
        _ => false,
    }
}

const fn is_frozen(error: &RegistryError) -> bool {
    matches!(error, RegistryError::Db(error) | RegistryError::Blob(BlobError::Db(error)) if error.is_frozen())
}

const fn failure() -> Mapping {
    (StatusCode::INTERNAL_SERVER_ERROR, OciCode::Unknown, "internal")
}

impl From<RegistryError> for OciError {
    fn from(error: RegistryError) -> Self {
        let (status, code, _) = mapping(&error);
        match error {
            RegistryError::Access(error) => error.into(),
            error if is_busy(&error) => {
                tracing::warn!(%error, "request turned away");
                Self::busy()
            }
            error if is_frozen(&error) => Self::read_only(),
            error if status == StatusCode::INTERNAL_SERVER_ERROR => {
                tracing::error!(%error, "request failed");
                Self::new(status, code, "the request failed on our side; the log says why")
            }
            RegistryError::ImmutableTag { ref tag, ref holds } => {
                Self::new(status, code, error.to_string()).detail(json!({ "tag": tag, "digest": holds }))
            }
            RegistryError::MissingContent(ref digests) => {
                Self::new(status, code, error.to_string()).detail(json!({ "missing": digests }))
            }
            RegistryError::ReadUnknown(why) => Self::new(status, code, why).retry_after(VERIFIED_IN),
            RegistryError::Blob(BlobError::OutOfOrder { received }) => {
                Self::new(status, code, error.to_string()).header(RANGE, super::v2::received_range(received))
            }
            error => Self::new(status, code, error.to_string()),
        }
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        let (status, _, code) = mapping(&error);
        match error {
            RegistryError::Access(error) => error.into(),
            error if is_busy(&error) => {
                tracing::warn!(%error, "request turned away");
                Self::busy()
            }
            error if is_frozen(&error) => Self::read_only(),
            error if status == StatusCode::INTERNAL_SERVER_ERROR => Self::internal(&error),
            RegistryError::ReadUnknown(why) => Self::new(status, code, why).retry_after(VERIFIED_IN),
            error => Self::new(status, code, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;
    use crate::db::DbError;

    #[test]
    fn what_a_frozen_database_refuses_is_said_so() {
        for answer in [
            OciError::from(RegistryError::from(DbError::Frozen)).error_response(),
            OciError::from(RegistryError::from(BlobError::from(DbError::Frozen))).error_response(),
            Problem::from(RegistryError::from(DbError::Frozen)).error_response(),
            Problem::from(DbError::Frozen).error_response(),
        ] {
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        }
    }

    #[test]
    fn who_finds_no_connection_is_told_to_come_again() {
        for answer in [
            OciError::from(RegistryError::from(DbError::busy())).error_response(),
            OciError::from(RegistryError::from(BlobError::from(DbError::busy()))).error_response(),
            Problem::from(RegistryError::from(DbError::busy())).error_response(),
            Problem::from(DbError::busy()).error_response(),
        ] {
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(answer.headers().get("retry-after").unwrap(), "1");
        }
    }
}
