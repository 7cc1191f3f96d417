//! Tags, by the grammar of the distribution spec.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest tag in bytes (distribution spec, "Pulling manifests").
const MAX_TAG: usize = 128;

/// Why a text is no tag. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a tag is 1 to 128 letters, digits, '_', '.' and '-', and starts with a letter, digit or '_'")]
pub struct TagError;

/// A tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

impl Tag {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a tag of the referrers tag schema (`sha256-<hex>`, cosign's `.sig` and `.att` too): an
    /// index that clients rewrite, so never an immutable name.
    pub fn is_referrers_tag(&self) -> bool {
        [("sha256-", 64), ("sha512-", 128)].iter().any(|(prefix, len)| {
            self.0.strip_prefix(prefix).is_some_and(|rest| {
                let hex_end = rest.find(|c: char| !matches!(c, '0'..='9' | 'a'..='f')).unwrap_or(rest.len());
                hex_end == *len && matches!(rest.as_bytes().get(hex_end), None | Some(b'.'))
            })
        })
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        let starts_ok = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
        let rest_ok = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        if starts_ok && rest_ok && text.len() <= MAX_TAG { Ok(Self(text.to_owned())) } else { Err(TagError) }
    }
}

impl TryFrom<String> for Tag {
    type Error = TagError;

    fn try_from(text: String) -> Result<Self, TagError> {
        text.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn knows_the_referrers_tag_schema() {
        let hex = "0".repeat(64);
        for (tag, is) in [
            (format!("sha256-{hex}"), true),
            (format!("sha256-{hex}.sig"), true),
            (format!("sha256-{hex}.att"), true),
            (format!("sha256-{hex}0"), false),
            ("sha256-abc".to_owned(), false),
            ("latest".to_owned(), false),
        ] {
            assert_eq!(tag.parse::<Tag>().unwrap().is_referrers_tag(), is, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_spec_regex(text in "\\PC{0,140}|[a-zA-Z0-9._-]{0,140}") {
            let spec = regex::Regex::new("^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$").unwrap();
            prop_assert_eq!(text.parse::<Tag>().is_ok(), spec.is_match(&text));
        }
    }
}
