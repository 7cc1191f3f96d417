//! Reading a trust policy.

use serde_json::Value;

use super::json::{self, JsonError};
use super::policy::PolicyDocument;

/// Where lists may stand. What is inside of trusted roots is for others to read.
const LISTS: [&str; 5] = ["signers", "repositories", "predicate_types", "builders", "subjects"];
const FOREIGN: &str = "trusted_roots";

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
    if let Some(key) = misplaced_list(&value) {
        return Err(JsonError::Malformed(format!(
            "invalid type: there is a list in `{key}` where none may be"
        )));
    }
    json::read(bytes)
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
}
