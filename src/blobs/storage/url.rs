//! Which storage to use, from the `storage_url` setting.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// Why a `storage_url` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("storage_url must have the form file:<path of a folder>")]
pub struct StorageUrlError;

/// A parsed `storage_url`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum StorageUrl {
    /// A folder on local disk.
    Disk(PathBuf),
}

impl FromStr for StorageUrl {
    type Err = StorageUrlError;

    fn from_str(text: &str) -> Result<Self, StorageUrlError> {
        let path = text.strip_prefix("file:").ok_or(StorageUrlError)?;
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() { Err(StorageUrlError) } else { Ok(Self::Disk(path.into())) }
    }
}

impl TryFrom<String> for StorageUrl {
    type Error = StorageUrlError;

    fn try_from(text: String) -> Result<Self, StorageUrlError> {
        text.parse()
    }
}
