//! Names of environments, and what selects some of them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::RepoName;
use super::repo_name::is_segment;

/// Longest name in bytes: `env/<environment>/<repository>` has to stay a repository name that clients accept.
const MAX_NAME: usize = 64;
/// First segment of what the environment view calls repositories.
pub(super) const VIEW: &str = "env/";
/// Stands for any run of characters in a selector.
const ANY: char = '*';

/// Why a text names no environment. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EnvironmentNameError {
    /// Not a path segment of a repository name.
    #[error(
        "an environment's name is 1 to {MAX_NAME} lower-case letters and digits, with '.', '_', '__' or '-' between them"
    )]
    Malformed,
    /// A selector that is no name with wildcards.
    #[error("a selector is an environment's name in which '*' stands for any characters, for example prod-*")]
    Selector,
}

/// An environment's name: one segment of the grammar of repository names, since it stands in those of the environment view.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentName(String);

impl EnvironmentName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the environment view calls a repository: `env/<environment>/<repository>`.
    pub fn view_of(&self, repository: &RepoName) -> String {
        format!("{VIEW}{self}/{repository}")
    }
}

impl FromStr for EnvironmentName {
    type Err = EnvironmentNameError;

    fn from_str(text: &str) -> Result<Self, EnvironmentNameError> {
        if text.len() <= MAX_NAME && is_segment(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EnvironmentNameError::Malformed)
        }
    }
}

/// Selects environments by their names: one, or those that fit around its wildcards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EnvironmentSelector(String);

impl EnvironmentSelector {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it selects an environment.
    pub fn selects(&self, environment: &EnvironmentName) -> bool {
        let mut parts = self.0.split(ANY);
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = environment.as_str().strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        // The leftmost place of each part leaves most to the parts behind it.
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }
}

impl FromStr for EnvironmentSelector {
    type Err = EnvironmentNameError;

    fn from_str(text: &str) -> Result<Self, EnvironmentNameError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-*".contains(c);
        if !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EnvironmentNameError::Selector)
        }
    }
}

macro_rules! string_forms {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = EnvironmentNameError;

            fn try_from(text: String) -> Result<Self, EnvironmentNameError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

string_forms!(EnvironmentName);
string_forms!(EnvironmentSelector);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_a_segment() {
        for name in ["production", "prod-eu.1", "a"] {
            assert!(name.parse::<EnvironmentName>().is_ok(), "{name}");
        }
        for name in ["", "Prod", "a/b", "-a", "a..b", "a*"] {
            assert_eq!(name.parse::<EnvironmentName>(), Err(EnvironmentNameError::Malformed), "{name}");
        }
        assert!("a".repeat(65).parse::<EnvironmentName>().is_err());
    }

    #[test]
    fn a_selector_selects_around_its_wildcards() {
        let selects = |selector: &str, name: &str| {
            selector.parse::<EnvironmentSelector>().unwrap().selects(&name.parse().unwrap())
        };
        for (selector, name) in
            [("a", "a"), ("*", "a"), ("prod-*", "prod-eu"), ("*-eu", "prod-eu"), ("p*-*u", "prod-eu")]
        {
            assert!(selects(selector, name), "{selector} {name}");
        }
        for (selector, name) in [("a", "ab"), ("prod-*", "prod"), ("*-eu", "prod-us"), ("ab*ba", "aba")] {
            assert!(!selects(selector, name), "{selector} {name}");
        }
        for text in ["", "A", "a/b", "a b"] {
            assert_eq!(text.parse::<EnvironmentSelector>(), Err(EnvironmentNameError::Selector), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_selector_agrees_with_the_regex_that_it_is(selector in "[ab*]{1,6}", name in "[ab]{1,8}") {
            let regex = regex::Regex::new(&format!("^{}$", selector.replace('*', ".*"))).unwrap();
            let selects = selector.parse::<EnvironmentSelector>().unwrap().selects(&name.parse().unwrap());
            prop_assert_eq!(selects, regex.is_match(&name));
        }
    }
}
