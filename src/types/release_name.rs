//! Names of releases: all versions of one name are a line.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::repo_name::is_segment;

/// Longest name in bytes.
const MAX_NAME: usize = 64;

/// Why a text names no release. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the name of a release or template is 1 to {MAX_NAME} lower-case letters and digits, with '.', '_', '__' or '-' between them"
)]
pub struct ReleaseNameError;

/// The name of a line of releases.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseName(String);

impl ReleaseName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReleaseName {
    type Err = ReleaseNameError;

    fn from_str(text: &str) -> Result<Self, ReleaseNameError> {
        if text.len() <= MAX_NAME && is_segment(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ReleaseNameError)
        }
    }
}

impl TryFrom<String> for ReleaseName {
    type Error = ReleaseNameError;

    fn try_from(text: String) -> Result<Self, ReleaseNameError> {
        text.parse()
    }
}

impl From<ReleaseName> for String {
    fn from(name: ReleaseName) -> Self {
        name.0
    }
}

impl fmt::Display for ReleaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_segment() {
        assert!("web-1.x".parse::<ReleaseName>().is_ok());
        for name in ["", "Web", "a/b", "-a", &"a".repeat(65)] {
            assert_eq!(name.parse::<ReleaseName>(), Err(ReleaseNameError), "{name}");
        }
    }
}
