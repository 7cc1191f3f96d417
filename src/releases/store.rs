//! Rows of this room, a file per table or two.

pub mod admissions;
pub mod approvals;
pub mod checks;
pub mod environments;
pub mod freezes;
pub mod holds;
pub mod keys;
pub mod lifecycles;
pub mod promotions;
pub mod quarantines;
pub mod releases;
pub mod reliance;
pub mod reviews;
pub mod standing;
pub mod states;
pub mod waivers;

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::model::Labels;
use crate::db::DbError;

/// A value that is kept as text.
fn parsed<T: FromStr>(text: &str, what: &'static str) -> Result<T, DbError> {
    text.parse().map_err(|_| DbError::corrupt(what, text))
}

/// A value that is kept as JSON.
fn read_json<T: DeserializeOwned>(json: &str, what: &'static str) -> Result<T, DbError> {
    serde_json::from_str(json).map_err(|error| DbError::corrupt(what, error))
}

fn labels_of(json: &str, what: &'static str) -> Result<Labels, DbError> {
    read_json(json, what)
}

fn json_of(value: &impl Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::corrupt("a value that can't be JSON", error))
}
