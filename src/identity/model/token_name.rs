//! What owners call their tokens.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest name in characters.
const LONGEST: usize = 100;

/// Why a text is no name for a token. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a token's name is 1 to {LONGEST} characters on one line")]
pub struct TokenNameError;

/// A token's name, so that its owner knows it again. It may tell of people, so never in an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct TokenName(String);

impl TokenName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TokenName {
    type Error = TokenNameError;

    fn try_from(text: String) -> Result<Self, TokenNameError> {
        let fits = (1..=LONGEST).contains(&text.chars().count()) && !text.trim().is_empty();
        if fits && !text.chars().any(char::is_control) { Ok(Self(text)) } else { Err(TokenNameError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_short_and_on_one_line() {
        for (text, fits) in
            [("ci", true), ("Ann's laptop 🦀", true), ("", false), (" ", false), ("a\nb", false)]
        {
            assert_eq!(TokenName::try_from(text.to_owned()).is_ok(), fits, "{text:?}");
        }
        assert!(TokenName::try_from("🦀".repeat(100)).is_ok());
        assert!(TokenName::try_from("a".repeat(101)).is_err());
    }
}
