//! Patterns over tags: a regular expression, or one of two named shapes.

mod compiled;

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Tag;

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 256;
/// semver.org's own expression, with an optional `v`, and `_` for the `+` that a tag can't hold.
const SEMVER: &str = r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:_[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?";
/// An abbreviated or whole SHA-1 or SHA-256 commit id.
const GIT_SHA: &str = "[0-9a-f]{7,64}";

/// Why a text is no pattern. The message goes to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "'{0}' is no tag pattern: use 'semver', 'git-sha' or a regular expression of at most 256 characters that matches the whole tag"
)]
pub struct PatternError(String);

/// A pattern that matches whole tags in linear time (the `regex` crate has no backtracking). It is compiled when it is
/// parsed, to see whether it is one, and then no more before it is matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagPattern {
    text: String,
}

impl TagPattern {
    /// A pattern that was parsed before, when it was stored. If it is none any more, it matches nothing: such a tag can't
    /// move, nor be set where a shape is asked for.
    pub const fn stored(text: String) -> Self {
        Self { text }
    }

    /// Whether the whole tag matches.
    pub fn matches(&self, tag: &Tag) -> bool {
        compiled::matches(&self.text, expression(&self.text), tag.as_str())
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for TagPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let refuse = || PatternError(text.chars().take(64).collect());
        // No tag holds a control character, and in JSON each takes six bytes of an event.
        if text.is_empty() || text.len() > MAX_PATTERN || text.contains(char::is_control) {
            return Err(refuse());
        }
        compiled::compile(expression(text)).ok_or_else(refuse)?;
        Ok(Self { text: text.to_owned() })
    }
}

fn expression(text: &str) -> &str {
    match text {
        "semver" => SEMVER,
        "git-sha" => GIT_SHA,
        other => other,
    }
}

impl TryFrom<String> for TagPattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        text.parse()
    }
}

impl From<TagPattern> for String {
    fn from(pattern: TagPattern) -> Self {
        pattern.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, tag: &str) -> bool {
        pattern.parse::<TagPattern>().unwrap().matches(&tag.parse().unwrap())
    }

    #[test]
    fn matches_whole_tags_only() {
        assert!(matches("latest", "latest"));
        assert!(!matches("latest", "latest-1"));
        assert!(!matches("latest", "not-latest"));
        assert!(!matches("a|b", "ab"));
        assert!(matches("pr-.*", "pr-17"));
    }

    #[test]
    fn knows_semver_and_commits() {
        for tag in ["1.2.3", "v1.2.3", "1.0.0-rc.1", "1.0.0_build.5"] {
            assert!(matches("semver", tag), "{tag}");
        }
        for tag in ["1.2", "01.2.3", "1.2.3-", "latest"] {
            assert!(!matches("semver", tag), "{tag}");
        }
        assert!(matches("git-sha", "0123abc"));
        assert!(!matches("git-sha", "0123ab"));
    }

    #[test]
    fn refuses_huge_and_broken_patterns() {
        for pattern in ["", "(", "a)(b", "(a{1000}){1000}", "a|\n", &"a".repeat(257)] {
            assert!(pattern.parse::<TagPattern>().is_err(), "{pattern}");
        }
    }

    #[test]
    fn what_was_stored_is_not_compiled_before_it_is_matched() {
        let tag = "v1.0.0-rc.1".parse().unwrap();
        let broken = TagPattern::stored("(".to_owned());
        assert_eq!(broken.as_str(), "(");
        assert!(!broken.matches(&tag));
        assert!(TagPattern::stored("semver".to_owned()).matches(&tag));
    }
}
