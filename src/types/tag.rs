//! Tags, by the grammar of the distribution spec.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Digest;

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
    /// The ends of the tags under which cosign kept what speaks of a digest before there were referrers, behind a dot.
    pub const LEGACY: [&str; 3] = ["sig", "att", "sbom"];

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a tag of the referrers tag schema, or one of cosign's beside it: `<algorithm>-<first 64 digits>`,
    /// alone or with `.sig`, `.att` or `.sbom`. Clients rewrite what these point at, so they are never immutable names.
    pub fn is_referrers_tag(&self) -> bool {
        let rest = self.0.strip_prefix("sha256-").or_else(|| self.0.strip_prefix("sha512-"));
        let parts = rest.and_then(|rest| rest.split_at_checked(64));
        parts.is_some_and(|(digits, suffix)| {
            digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
                && suffix.strip_prefix('.').map_or(suffix.is_empty(), |suffix| Self::LEGACY.contains(&suffix))
        })
    }

    /// Whom the manifest under this tag speaks of, if the tag is one of those that cosign made before there were referrers:
    /// `sha256-<hex>` with `.sig`, `.att` or `.sbom`.
    pub fn legacy_subject(&self) -> Option<Digest> {
        let (name, suffix) = self.0.rsplit_once('.')?;
        let known = Self::LEGACY.contains(&suffix);
        let hex = name.strip_prefix("sha256-").filter(|_| known)?;
        format!("sha256:{hex}").parse().ok()
    }

    /// The tags under which cosign speaks of a digest in that way.
    pub fn legacy_of(digest: &Digest) -> [Self; 3] {
        let stem = Self::of_referrers(digest);
        Self::LEGACY.map(|suffix| Self(format!("{stem}.{suffix}")))
    }

    /// The tag under which clients keep what refers to a digest, where a registry does not list it itself: algorithm and
    /// the first 64 digits (distribution spec, "Referrers Tag Schema").
    pub fn of_referrers(digest: &Digest) -> Self {
        Self(format!("{}-{:.64}", digest.algorithm().as_str(), digest.hex()))
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
    use crate::types::Algorithm;
    use proptest::prelude::*;

    #[test]
    fn knows_the_referrers_tag_schema() {
        let hex = "0".repeat(64);
        for (tag, is) in [
            (format!("sha256-{hex}"), true),
            (format!("sha256-{hex}.sig"), true),
            (format!("sha256-{hex}.att"), true),
            (format!("sha512-{hex}"), true),
            (format!("sha256-{hex}.release-1.0"), false),
            (format!("sha256-{hex}0"), false),
            ("sha256-abc".to_owned(), false),
            ("latest".to_owned(), false),
        ] {
            assert_eq!(tag.parse::<Tag>().unwrap().is_referrers_tag(), is, "{tag}");
        }
    }

    #[test]
    fn knows_whom_legacy_tags_speak_of() {
        let digest = Digest::of(Algorithm::Sha256, b"");
        let tags = ["sig", "att", "sbom"].map(|suffix| format!("sha256-{}.{suffix}", digest.hex()));
        assert_eq!(Tag::legacy_of(&digest).map(|tag| tag.to_string()), tags);
        for tag in Tag::legacy_of(&digest) {
            assert_eq!(tag.legacy_subject(), Some(digest.clone()));
            assert_eq!(tag.to_string().parse(), Ok(tag));
        }
        for text in ["latest", "sha256-abc.sig", "1.0.sig"] {
            assert_eq!(text.parse::<Tag>().unwrap().legacy_subject(), None, "{text}");
        }
        assert_eq!(Tag::of_referrers(&digest).legacy_subject(), None, "it lists, and says nothing itself");
    }

    #[test]
    fn names_the_tag_of_a_digest() {
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            let tag = Tag::of_referrers(&Digest::of(algorithm, b""));
            assert!(tag.is_referrers_tag() && tag.as_str().len() == 71, "{tag}");
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
