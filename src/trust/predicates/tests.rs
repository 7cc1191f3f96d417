//! What is said by attestations as tools make them.

mod builds;
mod contents;
mod hostile;
mod reports;

use serde_json::{Value, json};

use super::{Facts, of_statement};
use crate::trust::model::{Reason, Statement};

/// Reads a predicate as it stands in a statement.
fn read(predicate_type: &str, predicate: &Value) -> Result<Facts, Reason> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "app", "digest": { "sha256": "ab".repeat(32) } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    of_statement(&Statement::parse(statement.to_string().as_bytes()).unwrap())
}

/// What a refusal says.
fn refusal(predicate_type: &str, predicate: &Value) -> String {
    match read(predicate_type, predicate) {
        Err(Reason::Malformed(why)) => why,
        other => panic!("{other:?}"),
    }
}
