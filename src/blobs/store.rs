//! Rows of objects, blobs and upload sessions.

pub mod blobs;
pub mod objects;
pub mod turns;
pub mod uploads;

use crate::db::DbError;

/// The databases have no unsigned integers; no content comes near 2^63 bytes.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn unsigned(bytes: i64, what: &'static str) -> Result<u64, DbError> {
    u64::try_from(bytes).map_err(|_| DbError::corrupt(what, bytes))
}
