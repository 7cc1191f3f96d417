//! In-toto statements about one artifact (in-toto/attestation, Statement v1).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Predicate;
use crate::types::Digest;

/// Says something about an artifact. `names` are its digests, at most one of each algorithm; the predicate's bytes stay as they
/// are.
pub fn statement(names: &[Digest], predicate: &Predicate) -> Vec<u8> {
    let digests: BTreeMap<_, _> = names.iter().map(|name| (name.algorithm().as_str(), name.hex())).collect();
    let (subject, kind) = (json!([{ "digest": digests }]), Value::from(predicate.kind()));
    format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","subject":{subject},"predicateType":{kind},"predicate":{}}}"#,
        predicate.json()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::model::Statement;
    use crate::types::Algorithm;

    #[test]
    fn golden() {
        let subject = Digest::of(Algorithm::Sha256, b"artifact");
        let made = statement(std::slice::from_ref(&subject), &Predicate::signature());
        let golden = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"c7c5c1d70c5dec4416ab6158afd0b223ef40c29b1dc1f97ed9428b94d4cadb1c"}}],"predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}"#;
        assert_eq!(String::from_utf8(made.clone()).unwrap(), golden);
        let read = Statement::parse(&made).unwrap();
        assert!(read.is_about(&[&subject]) && !read.is_about(&[&Digest::of(Algorithm::Sha256, b"another")]));
    }

    #[test]
    fn the_predicate_stays_as_it_is() {
        let text = r#"{ "n": 9007199254740993, "f": 1.50, "s": "\u0061" }"#;
        let predicate = Predicate::parse("https://example.test/\"x", text.as_bytes()).unwrap();
        let names = [Algorithm::Sha256, Algorithm::Sha512].map(|algorithm| Digest::of(algorithm, b"a"));
        let read = Statement::parse(&statement(&names, &predicate)).unwrap();
        assert_eq!(read.predicate.unwrap().get(), text);
        assert_eq!(read.predicate_type, "https://example.test/\"x");
    }
}
