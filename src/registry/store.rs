//! The registry's SQL, a file per resource.

pub mod artifacts;
pub mod blobs;
pub mod links;
pub mod manifests;
pub mod referrers;
pub mod repositories;
pub mod tags;

use crate::db::DbError;
use crate::types::{Digest, MediaType};

/// Reads a stored digest.
fn digest(text: &str, what: &'static str) -> Result<Digest, DbError> {
    text.parse().map_err(|_| DbError::corrupt(what, text))
}

/// Reads a stored media type.
fn media_type(text: &str, what: &'static str) -> Result<MediaType, DbError> {
    text.parse().map_err(|_| DbError::corrupt(what, text))
}

/// Reads a stored length.
fn size(bytes: i64, what: &'static str) -> Result<u64, DbError> {
    u64::try_from(bytes).map_err(|_| DbError::corrupt(what, bytes))
}
