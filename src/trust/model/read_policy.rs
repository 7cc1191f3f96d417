//! Reading a trust policy.

use serde_json::Value;

use super::json::{self, JsonError};
use super::policy::PolicyDocument;

/// Where lists may stand. What is inside of trusted roots is for others to read.
const LISTS: [&str; 5] = ["signers", "repositories", "predicate_types", "builders", "subjects"];
const FOREIGN: &str = "trusted_roots";

/// How a signer may be told.
const WAYS: &str = "`key`, `minisign`, `ssh`, `identity` or `x509`";

/// Reads a trust policy. Whether it can be used is not looked at.
///
/// # Errors
/// `DuplicateKey`, `Malformed`. A list in the place of an object is malformed, although serde reads one for the other: the next
/// reader would not.
pub fn read_policy(bytes: &[u8]) -> Result<PolicyDocument, JsonError> {
    let value: Value = json::read(bytes)?;
    if !value.is_object() {
        return Err(JsonError::Malformed("invalid type: a trust policy is a JSON object".to_owned()));
    }
    if let Some(why) = told_otherwise(&value) {
        return Err(JsonError::Malformed(why));
    }
    // First what serde knows, such as a key that is misspelt and what it may be.
    let document = json::read(bytes)?;
    match misplaced_list(&value) {
        Some(key) => {
            Err(JsonError::Malformed(format!("invalid type: there is a list in `{key}` where none may be")))
        }
        None => Ok(document),
    }
}

/// What is wrong with the first signer who is not told in one way: of that serde says no more than where it is.
fn told_otherwise(policy: &Value) -> Option<String> {
    policy.get("signers")?.as_array()?.iter().find_map(|signer| {
        let ways = signer.get("by")?.as_object().filter(|ways| ways.len() != 1)?;
        let name = signer.get("name").and_then(Value::as_str).unwrap_or_default();
        let named: Vec<_> = ways.keys().map(|way| format!("`{way}`")).collect();
        Some(match named.as_slice() {
            [] => format!("signer {name:?}: `by` is empty: it must have one of {WAYS}"),
            named => format!(
                "signer {name:?}: `by` has {}: it must have one of {WAYS}, so make a signer for each",
                named.join(" and ")
            ),
        })
    })
}

/// The key of the first list that stands where none may.
fn misplaced_list(value: &Value) -> Option<&str> {
    let Value::Object(entries) = value else { return None };
    entries.iter().filter(|(key, _)| *key != FOREIGN).find_map(|(key, value)| match value {
        Value::Array(items) if LISTS.contains(&key.as_str()) => {
            let nested = items.iter().any(Value::is_array);
            if nested { Some(key.as_str()) } else { items.iter().find_map(misplaced_list) }
        }
        Value::Array(_) => Some(key.as_str()),
        other => misplaced_list(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_no_object() {
        for text in [
            "[]",
            r#"{"signers":[["a",{"minisign":{"key":"k"}}]]}"#,
            r#"{"signers":[{"name":"a","by":{"minisign":["k"]}}]}"#,
            r#"{"signers":[{"name":"a","by":{"minisign":{"key":"k"}},"may":[["team/*"],true]}]}"#,
            r#"{"signers":[{"name":"a","by":{"minisign":{"key":"k"}},"may":{"builders":[["b",3]]}}]}"#,
        ] {
            let read = read_policy(text.as_bytes());
            assert!(
                matches!(read, Err(JsonError::Malformed(why)) if why.starts_with("invalid type")),
                "{text}"
            );
        }
        let text = r#"{"trusted_roots":{"r":{"tlogs":[[1]]}},"signers":[{"name":"a","by":{"x509":{"trust_store":"t",
            "subjects":["CN=*"]}},"may":{"repositories":["*"],"builders":[{"id":"b","slsa_level":3}]}}]}"#;
        assert_eq!(read_policy(text.as_bytes()).unwrap().signers.len(), 1);
    }

    #[test]
    fn what_is_misspelt_is_named_with_what_may_be() {
        let why = |signer: &str| {
            let error = read_policy(format!(r#"{{"signers":[{signer}]}}"#).as_bytes()).unwrap_err();
            error.to_string()
        };
        let by = r#""name":"a","by":{"minisign":{"key":"k"}}"#;
        let misspelt = why(&format!(r#"{{{by},"may":{{"repository":["team/*"]}}}}"#));
        assert!(
            misspelt.starts_with("unknown field `repository`, expected one of `repositories`"),
            "{misspelt}"
        );
        let misspelt = why(&format!(r#"{{{by},"vaild_from":["x"]}}"#));
        assert!(misspelt.starts_with("unknown field `vaild_from`, expected one of `name`"), "{misspelt}");
        let misspelt = why(r#"{"name":"a","by":{"keys":{"pem":"x"}}}"#);
        assert!(misspelt.starts_with("unknown variant `keys`, expected one of `key`"), "{misspelt}");
        let two = why(r#"{"name":"a","by":{"key":{"pem":"x"},"minisign":{"key":"k"}}}"#);
        assert_eq!(
            two,
            "signer \"a\": `by` has `key` and `minisign`: it must have one of `key`, `minisign`, `ssh`, `identity` or \
             `x509`, so make a signer for each"
        );
        let none = why(r#"{"name":"a","by":{}}"#);
        assert!(none.starts_with("signer \"a\": `by` is empty: it must have one of `key`"), "{none}");
    }
}
