//! Log-in names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest name in bytes.
const MAX_NAME: usize = 63;

/// Why a text is no user name. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "a user name is 1 to 63 lower-case letters, digits, '.', '_' and '-', and starts with a letter or digit"
)]
pub struct UserNameError;

/// A log-in name: `[a-z0-9][a-z0-9._-]{0,62}`. Personal data, so never in an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl UserName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        let is_alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let starts_well = text.bytes().next().is_some_and(is_alnum);
        let goes_on_well = text.bytes().all(|b| is_alnum(b) || matches!(b, b'.' | b'_' | b'-'));
        if starts_well && goes_on_well && text.len() <= MAX_NAME {
            Ok(Self(text.to_owned()))
        } else {
            Err(UserNameError)
        }
    }
}

impl TryFrom<String> for UserName {
    type Error = UserNameError;

    fn try_from(text: String) -> Result<Self, UserNameError> {
        text.parse()
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_its_regex(text in "[a-zA-Z0-9._ é-]{0,6}|[a-z0-9._-]{60,66}") {
            let grammar = regex::Regex::new(r"\A[a-z0-9][a-z0-9._-]{0,62}\z").unwrap();
            prop_assert_eq!(text.parse::<UserName>().is_ok(), grammar.is_match(&text));
        }
    }
}
