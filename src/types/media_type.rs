//! Media types by RFC 6838, without parameters, and the ones that the registry treats specially.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Longest media type in bytes: two restricted names of 127 and the slash (RFC 6838, section 4.2).
const MAX_MEDIA_TYPE: usize = 255;

/// Why a text is no media type. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a media type has the form type/subtype (RFC 6838), without parameters")]
pub struct MediaTypeError;

/// `type/subtype`, both restricted names of RFC 6838, section 4.2.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MediaType(String);

impl MediaType {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Parses a Content-Type header: parameters are dropped, as the distribution spec ignores them.
    pub fn from_content_type(header: &str) -> Result<Self, MediaTypeError> {
        header.split(';').next().unwrap_or_default().trim().parse()
    }
}

impl FromStr for MediaType {
    type Err = MediaTypeError;

    fn from_str(text: &str) -> Result<Self, MediaTypeError> {
        let (kind, subtype) = text.split_once('/').ok_or(MediaTypeError)?;
        let fits = text.len() <= MAX_MEDIA_TYPE && is_restricted_name(kind) && is_restricted_name(subtype);
        if fits { Ok(Self(text.to_owned())) } else { Err(MediaTypeError) }
    }
}

fn is_restricted_name(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.len() <= 127
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
}

impl TryFrom<String> for MediaType {
    type Error = MediaTypeError;

    fn try_from(text: String) -> Result<Self, MediaTypeError> {
        text.parse()
    }
}

impl From<MediaType> for String {
    fn from(media_type: MediaType) -> Self {
        media_type.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn drops_parameters_of_a_header_only() {
        let json = "application/json; charset=utf-8";
        assert_eq!(MediaType::from_content_type(json).unwrap().as_str(), "application/json");
        assert!(json.parse::<MediaType>().is_err());
    }

    proptest! {
        #[test]
        fn never_holds_a_header_breaker(text in "\\PC{0,40}|[a-z]{1,9}/[a-z0-9.+-]{1,40}") {
            if let Ok(media_type) = text.parse::<MediaType>() {
                prop_assert!(media_type.as_str().bytes().all(|b| b.is_ascii_graphic() && b != b';' && b != b'"'));
            }
        }
    }
}
