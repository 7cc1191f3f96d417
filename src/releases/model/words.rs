//! Closed lists of words, in one form wherever they are written: in the API, the database, events and documents.

use thiserror::Error;

/// A text that is none of the words of its list. The message goes to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text:?} is none of {words}")]
pub struct UnknownWord {
    /// The text.
    pub text: String,
    /// The words that there are.
    pub words: String,
}

impl UnknownWord {
    /// That a text is none of some words.
    pub fn new(text: &str, words: &[&str]) -> Self {
        Self { text: text.chars().take(64).collect(), words: words.join(", ") }
    }
}

macro_rules! words {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ })+) => {$(
        $(#[doc = $doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$value_doc])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// All of them.
            #[allow(dead_code, reason = "some lists are never walked through")]
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// As the API, the database, events and documents write it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::releases::model::UnknownWord;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$value),)+
                    _ => Err(crate::releases::model::UnknownWord::new(text, &[$($text,)+])),
                }
            }
        }

        // The derived one does not see through the macro, and would name the values as Rust does.
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(concat!($($doc, "\n",)*).trim()))
                    .enum_values(Some([$($text,)+]))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

pub(super) use words;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::{GateKind, PromotionKind};

    #[test]
    fn a_word_has_one_form() {
        for kind in GateKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        let described = serde_json::to_value(<PromotionKind as utoipa::PartialSchema>::schema()).unwrap();
        assert_eq!(described["enum"], serde_json::to_value(PromotionKind::ALL).unwrap());
        let unknown = "Forward".parse::<PromotionKind>().unwrap_err();
        assert_eq!(unknown.to_string(), r#""Forward" is none of forward, hotfix, rollback, redeploy"#);
        assert_eq!(UnknownWord::new(&"ü".repeat(99), &[]).text.chars().count(), 64);
    }
}
