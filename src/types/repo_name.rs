//! Names of repositories and of the project that is their first segment.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest name in bytes: what the distribution spec ("Pulling manifests") asks clients to stay under.
const MAX_NAME: usize = 255;
/// First segment of the environment view (`/v2/env/<environment>/…`), so no project may have it.
const RESERVED_PROJECT: &str = "env";

/// Why a text names no repository. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NameError {
    /// Breaks the grammar of the distribution spec.
    #[error(
        "a repository name is lower-case letters and digits, with '.', '_', '__' or '-' between them, in segments parted by '/'"
    )]
    Malformed,
    /// Longer than 255 bytes.
    #[error("a repository name has at most 255 characters")]
    TooLong,
    /// Not a repository of the project that the request is about.
    #[error(
        "?repository= must be the whole name of a repository in this project, for example acme/web in acme"
    )]
    OtherProject,
    /// `env/…` is the environment view.
    #[error("the project name 'env' is reserved for the environment view: choose another first segment")]
    Reserved,
}

/// `project[/path]`, checked against the grammar of the distribution spec:
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoName(String);

/// The first segment of a [`RepoName`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(String);

impl RepoName {
    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The project that the repository lives in.
    pub fn project(&self) -> ProjectName {
        ProjectName(self.0.split('/').next().unwrap_or_default().to_owned())
    }

    /// Whether the name is `prefix` or lies below it, segment by segment: `a/b` covers `a/b/c`, not `a/bc`.
    pub fn is_within(&self, prefix: &RepoName) -> bool {
        self.0.strip_prefix(&prefix.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl ProjectName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RepoName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check(text, text.split('/'))?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for ProjectName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        check(text, std::iter::once(text))?;
        Ok(Self(text.to_owned()))
    }
}

fn check<'a>(whole: &str, mut segments: impl Iterator<Item = &'a str>) -> Result<(), NameError> {
    if whole.len() > MAX_NAME {
        return Err(NameError::TooLong);
    }
    if !segments.all(is_segment) {
        return Err(NameError::Malformed);
    }
    if whole.split('/').next() == Some(RESERVED_PROJECT) {
        return Err(NameError::Reserved);
    }
    Ok(())
}

/// One path component: runs of letters and digits, joined by `.`, `_`, `__` or any number of `-`.
pub(super) fn is_segment(segment: &str) -> bool {
    let is_alnum = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = segment.as_bytes();
    let ends_ok = bytes.first().copied().is_some_and(is_alnum) && bytes.last().copied().is_some_and(is_alnum);
    let separators_ok = segment
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|b| b == b'-'));
    ends_ok && separators_ok
}

macro_rules! string_forms {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
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

/// Every project's name is that of a repository in it, too.
impl From<ProjectName> for RepoName {
    fn from(name: ProjectName) -> Self {
        Self(name.0)
    }
}

string_forms!(RepoName);
string_forms!(ProjectName);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_bad_names() {
        for (name, error) in [
            ("", NameError::Malformed),
            ("/", NameError::Malformed),
            ("a//b", NameError::Malformed),
            ("a/", NameError::Malformed),
            ("/a", NameError::Malformed),
            ("A/b", NameError::Malformed),
            ("a/../b", NameError::Malformed),
            ("a/.b", NameError::Malformed),
            ("a..b", NameError::Malformed),
            ("a___b", NameError::Malformed),
            ("a_-b", NameError::Malformed),
            ("a%2fb", NameError::Malformed),
            ("a/b\0", NameError::Malformed),
            ("ä/b", NameError::Malformed),
            ("env", NameError::Reserved),
            ("env/production/a", NameError::Reserved),
        ] {
            assert_eq!(name.parse::<RepoName>(), Err(error), "{name:?}");
        }
        assert_eq!("a".repeat(256).parse::<RepoName>(), Err(NameError::TooLong));
        assert_eq!("a/b".parse::<ProjectName>(), Err(NameError::Malformed));
    }

    #[test]
    fn a_prefix_covers_whole_segments() {
        let name = |text: &str| text.parse::<RepoName>().unwrap();
        assert!(name("a/b/c").is_within(&name("a/b")));
        assert!(name("a/b").is_within(&name("a/b")));
        assert!(!name("a/bc").is_within(&name("a/b")));
        assert!(!name("a").is_within(&name("a/b")));
    }

    proptest! {
        #[test]
        fn accepts_the_spec_grammar(
            text in "[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}(/[a-z0-9]{1,4}((\\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}){0,3}"
        ) {
            prop_assume!(!text.starts_with("env/") && text != "env");
            prop_assert!(text.parse::<RepoName>().is_ok());
        }

        #[test]
        fn agrees_with_the_spec_regex(text in "[a-z0-9._/-]{0,12}") {
            let spec = regex::Regex::new(
                r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$",
            ).unwrap();
            prop_assume!(!text.starts_with("env/") && text != "env");
            prop_assert_eq!(text.parse::<RepoName>().is_ok(), spec.is_match(&text));
        }
    }
}
