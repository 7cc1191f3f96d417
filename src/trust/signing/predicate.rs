//! What is said of an artifact.

use serde_json::value::RawValue;
use thiserror::Error;

use crate::trust::model::{JsonError, read_json};

/// Says that the signer accepts the artifact: what cosign v3 calls a signature.
pub const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// Says what somebody's policy made of the artifact: what Waybill itself says of it.
pub const VERIFICATION_SUMMARY: &str = "https://slsa.dev/verification_summary/v1";

/// Names for the usual types: those of `cosign attest --type`, and some that it has none for.
const SHORT: [(&str, &str); 11] = [
    ("slsaprovenance", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance02", "https://slsa.dev/provenance/v0.2"),
    ("slsaprovenance1", "https://slsa.dev/provenance/v1"),
    ("spdxjson", "https://spdx.dev/Document"),
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
    ("openvex", "https://openvex.dev/ns"),
    ("link", "https://in-toto.io/Link/v1"),
    ("vsa", VERIFICATION_SUMMARY),
    ("testresult", "https://in-toto.io/attestation/test-result/v0.1"),
    ("vulns", "https://in-toto.io/attestation/vulns/v0.2"),
];

/// Why something can't be said.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PredicateError {
    /// No URI, and none of the short names.
    #[error("{0:?} is no type of a predicate: it takes a URI, or one of {names}", names = names())]
    Type(String),
    /// Cosign takes nothing else either.
    #[error("a predicate is a JSON object")]
    NotAnObject,
    /// Not JSON that all read in the same way.
    #[error("the predicate can't be read: {0}")]
    Json(#[from] JsonError),
}

/// The URI of a type that is given as such, or by a short name.
///
/// # Errors
/// `Type`.
pub fn predicate_type(text: &str) -> Result<String, PredicateError> {
    if let Some((_, uri)) = SHORT.iter().find(|(name, _)| *name == text) {
        return Ok((*uri).to_owned());
    }
    let is_uri = text.split_once(':').is_some_and(|(scheme, rest)| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(fits) && !rest.is_empty()
    });
    let is_clean = !text.contains(|c: char| c.is_whitespace() || c.is_control());
    if is_uri && is_clean { Ok(text.to_owned()) } else { Err(PredicateError::Type(text.to_owned())) }
}

fn names() -> String {
    SHORT.map(|(name, _)| name).join(", ")
}

/// A type, and what is said.
#[derive(Debug, Clone)]
pub struct Predicate {
    kind: String,
    json: String,
}

impl Predicate {
    /// That the signer accepts the artifact.
    pub fn signature() -> Self {
        Self { kind: COSIGN_SIGN.to_owned(), json: "{}".to_owned() }
    }

    /// What a file says.
    ///
    /// # Errors
    /// `Type`, `Json`, `NotAnObject`.
    pub fn parse(kind: &str, bytes: &[u8]) -> Result<Self, PredicateError> {
        let kind = predicate_type(kind)?;
        let json = read_json::<Box<RawValue>>(bytes)?.get().to_owned();
        if json.starts_with('{') { Ok(Self { kind, json }) } else { Err(PredicateError::NotAnObject) }
    }

    /// The type's URI.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What is said, byte for byte.
    pub fn json(&self) -> &str {
        &self.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_uris_or_short_names() {
        assert_eq!(predicate_type("slsaprovenance1").unwrap(), "https://slsa.dev/provenance/v1");
        for uri in ["https://example.test/a?b#c", "urn:example:1"] {
            assert_eq!(predicate_type(uri).unwrap(), uri);
        }
        for text in ["", "spdx", ":", "https:", "1a:b", "https://a b", "a\n:b", "a\u{e9}:b"] {
            assert_eq!(predicate_type(text), Err(PredicateError::Type(text.to_owned())));
        }
    }

    #[test]
    fn a_predicate_is_an_object_that_all_read_alike() {
        let parsed = |text: &str| Predicate::parse("a:b", text.as_bytes());
        assert_eq!(parsed(" {\"a\": 1 }\n").unwrap().json(), "{\"a\": 1 }");
        assert_eq!(parsed("[]").unwrap_err(), PredicateError::NotAnObject);
        let twice = parsed(r#"{"b":{"a":1,"a":2}}"#);
        assert!(matches!(twice, Err(PredicateError::Json(JsonError::DuplicateKey(_)))));
        assert!(matches!(parsed("{"), Err(PredicateError::Json(JsonError::Malformed(_)))));
    }
}
