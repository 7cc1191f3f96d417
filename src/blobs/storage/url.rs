//! Which storage to use, from the `storage_url` setting.

use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;

/// Why a `storage_url` can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must have the form file:///<path> or file://./<path>, without '%', '?' and '#'")]
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
        let path = text.strip_prefix("file://").ok_or(StorageUrlError)?;
        // What stands before the first slash of a URL is a host, unless a dot says that it is a path.
        let is_path = ["/", "./", "../"].iter().any(|start| path.starts_with(start));
        if !is_path || path.contains(['%', '?', '#']) {
            return Err(StorageUrlError);
        }
        Ok(Self::Disk(path.into()))
    }
}

impl TryFrom<String> for StorageUrl {
    type Error = StorageUrlError;

    fn try_from(text: String) -> Result<Self, StorageUrlError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_paths_and_refuses_hosts() {
        for path in ["/srv/bytes", "./bytes", "../bytes"] {
            assert_eq!(format!("file://{path}").parse(), Ok(StorageUrl::Disk(path.into())));
        }
        for url in
            ["", "file://", "file://host/bytes", "/srv/bytes", "s3://bucket", "file:///a?b", "file:///a%20b"]
        {
            assert_eq!(url.parse::<StorageUrl>(), Err(StorageUrlError), "{url}");
        }
    }
}
