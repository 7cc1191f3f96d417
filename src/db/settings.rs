//! Which database to use, from the `database_url` setting.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// Why a `database_url` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("database_url must have the form sqlite:<path of a file>")]
pub struct DatabaseUrlError;

/// A parsed `database_url`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum DatabaseUrl {
    /// One SQLite file on local disk.
    Sqlite(PathBuf),
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        let path = text.strip_prefix("sqlite:").ok_or(DatabaseUrlError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains(['?', ':']) {
            return Err(DatabaseUrlError);
        }
        Ok(Self::Sqlite(path.into()))
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = DatabaseUrlError;

    fn try_from(text: String) -> Result<Self, DatabaseUrlError> {
        text.parse()
    }
}
