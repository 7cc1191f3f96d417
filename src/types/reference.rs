//! What stands behind `/manifests/`: a tag or a digest.

use std::str::FromStr;

use thiserror::Error;

use super::{Digest, DigestError, Tag, TagError};

/// Why a text is no reference; says which of the two it tried to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReferenceError {
    /// It has a colon, so it was meant as a digest.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// It has none, so it was meant as a tag.
    #[error(transparent)]
    Tag(#[from] TagError),
}

/// How a manifest is named in a request. A colon can't be in a tag, so it tells the two apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// By a tag.
    Tag(Tag),
    /// By its content.
    Digest(Digest),
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.contains(':') { Ok(Self::Digest(text.parse()?)) } else { Ok(Self::Tag(text.parse()?)) }
    }
}

impl std::fmt::Display for Reference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn prints_what_it_parsed(text in "\\PC{0,150}|sha256:[0-9a-f]{64}") {
            if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string(), text);
            }
        }
    }
}
