//! The log's name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

/// Longest name, in bytes.
const MAX: usize = 255;

/// Why a text can't name a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the origin of a log is its URL without the scheme, such as registry.example.org/ledger: no space, no '+'"
)]
pub struct LogOriginError;

/// What a log, or a witness, is called: the first line of its checkpoints and the name of its keys (c2sp.org/signed-note:
/// not empty, no space, no plus sign).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LogOrigin(String);

impl LogOrigin {
    /// A name that no other log has, for one without a URL.
    pub fn unique(id: Uuid) -> Self {
        Self(format!("waybill/{}", id.simple()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LogOrigin {
    type Err = LogOriginError;

    fn from_str(text: &str) -> Result<Self, LogOriginError> {
        let unfit = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if text.is_empty() || text.len() > MAX || text.contains(unfit) {
            return Err(LogOriginError);
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for LogOrigin {
    type Error = LogOriginError;

    fn try_from(text: String) -> Result<Self, LogOriginError> {
        text.parse()
    }
}

impl From<LogOrigin> for String {
    fn from(origin: LogOrigin) -> Self {
        origin.0
    }
}

impl fmt::Display for LogOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_space_and_no_plus() {
        assert!("registry.example.org/ledger".parse::<LogOrigin>().is_ok());
        for text in ["", "a b", "a+b", "a\n", "a\u{a0}b", &"a".repeat(256)] {
            assert_eq!(text.parse::<LogOrigin>(), Err(LogOriginError), "{text}");
        }
    }
}
