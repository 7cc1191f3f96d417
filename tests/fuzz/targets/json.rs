#![no_main]
//! JSON that is read is JSON to serde as well, and reads the same when it is written without its white space; with one of
//! its keys again, it is refused.

use libfuzzer_sys::fuzz_target;
use parsers::trust::model::{JsonError, read_json};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = read_json::<Value>(bytes) else { return };
    assert_eq!(serde_json::from_slice::<Value>(bytes).ok().as_ref(), Some(&value));
    let Some(object) = value.as_object() else { return };
    let Some(key) = object.keys().next() else { return };
    let pair = serde_json::to_string(key).map(|key| format!("{{{key}:0,"));
    let text = value.to_string();
    let twice = pair.map(|pair| text.replacen('{', &pair, 1)).unwrap_or_default();
    assert_eq!(read_json::<Value>(twice.as_bytes()), Err(JsonError::DuplicateKey(key.clone())));
});
