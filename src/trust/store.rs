//! This room's SQL, a file per table.

pub mod carriers;
pub mod covered;
pub mod evidence;
pub mod facts;
pub mod known;
pub mod outcomes;
pub mod parents;
pub mod pending;
pub mod policies;
pub mod verifications;

use crate::db::DbError;
use crate::types::{Digest, Tag};

/// Reads a stored digest.
fn digest(text: &str, what: &'static str) -> Result<Digest, DbError> {
    text.parse().map_err(|_| DbError::corrupt(what, text))
}

/// Reads a stored tag; an empty text stands for none.
fn tag(text: &str, what: &'static str) -> Result<Option<Tag>, DbError> {
    let given = Some(text).filter(|text| !text.is_empty());
    given.map(|text| text.parse().map_err(|_| DbError::corrupt(what, text))).transpose()
}
