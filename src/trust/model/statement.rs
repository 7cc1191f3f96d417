//! In-toto statements (in-toto/attestation, Statement v1; v0.1 is read as well).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json;
use super::reason::Reason;
use crate::types::Digest;

/// The types that a statement may have.
const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatementJson {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<SubjectJson>,
    predicate_type: String,
    predicate: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct SubjectJson {
    digest: BTreeMap<String, String>,
}

/// What is said of some artifacts.
#[derive(Debug, Clone)]
pub struct Statement {
    /// What the predicate is: a URI.
    pub predicate_type: String,
    /// The predicate as it came; none where its type says it all.
    pub predicate: Option<Box<RawValue>>,
    subjects: Vec<BTreeMap<String, String>>,
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Errors
    /// `DuplicateKey`, `Malformed`, `StatementType`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        let StatementJson { kind, subject, predicate_type, predicate } = json::read(bytes)?;
        if !TYPES.contains(&kind.as_str()) {
            return Err(Reason::StatementType(kind));
        }
        let subjects = subject.into_iter().map(|subject| subject.digest).collect();
        Ok(Self { predicate_type, predicate, subjects })
    }

    /// The first digest of a subject that an artifact here can have; to tell who signed it, whomever it speaks of.
    pub fn any_subject(&self) -> Option<Digest> {
        let mut digests = self.subjects.iter().flatten();
        digests.find_map(|(algorithm, hex)| format!("{algorithm}:{}", hex.to_ascii_lowercase()).parse().ok())
    }

    /// Whether it is about an artifact, by one of its names. Subjects match by digest alone; one whose digests
    /// disagree on the artifact is about nothing.
    pub fn is_about(&self, names: &[&Digest]) -> bool {
        self.subjects.iter().any(|subject| {
            let mut known = names.iter().filter_map(|name| {
                let digest = subject.get(name.algorithm().as_str())?;
                Some(digest.eq_ignore_ascii_case(name.hex()))
            });
            known.next() == Some(true) && known.all(|same| same)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    fn statement(subjects: &str) -> Result<Statement, Reason> {
        let text = format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":[{subjects}],"predicateType":"https://slsa.dev/provenance/v1"}}"#
        );
        Statement::parse(text.as_bytes())
    }

    #[test]
    fn it_is_about_the_digests_that_it_names() {
        let (sha256, sha512) = (Digest::of(Algorithm::Sha256, b"a"), Digest::of(Algorithm::Sha512, b"a"));
        let other = Digest::of(Algorithm::Sha256, b"b");
        let named = |digests: &[&Digest]| {
            let digests: Vec<_> =
                digests.iter().map(|d| format!(r#""{}":"{}""#, d.algorithm().as_str(), d.hex())).collect();
            statement(&format!(r#"{{"name":"x","digest":{{{}}}}}"#, digests.join(","))).unwrap()
        };
        assert!(named(&[&sha256]).is_about(&[&sha256, &sha512]));
        assert!(named(&[&sha512]).is_about(&[&sha256, &sha512]));
        assert!(named(&[&sha256, &sha512]).is_about(&[&sha256, &sha512]));
        assert!(!named(&[&other]).is_about(&[&sha256, &sha512]));
        assert!(!named(&[&other, &sha512]).is_about(&[&sha256, &sha512]), "its digests disagree");
        assert!(!named(&[]).is_about(&[&sha256]));
        assert!(!statement("").unwrap().is_about(&[&sha256]));
        assert_eq!(named(&[&other]).any_subject(), Some(other));
        assert_eq!(statement(r#"{"digest":{"gitCommit":"ab"}}"#).unwrap().any_subject(), None);
    }

    #[test]
    fn another_type_is_refused() {
        let text = br#"{"_type":"x","subject":[],"predicateType":"y"}"#;
        assert_eq!(Statement::parse(text).unwrap_err(), Reason::StatementType("x".to_owned()));
        assert!(matches!(statement(r#"{"digest":{"a":"1","a":"2"}}"#), Err(Reason::DuplicateKey(_))));
    }
}
