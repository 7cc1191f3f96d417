//! JSON from outside. A key that stands twice means one thing to one reader and another to the next, so it is refused before
//! anything is read.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use thiserror::Error;

/// What the visitor says of a key that stands twice; serde has only texts for its errors.
const TWICE: &str = "this key stands twice: ";

/// Why bytes are not the JSON that they should be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JsonError {
    /// An object has the same key twice.
    #[error("{TWICE}{0}")]
    DuplicateKey(String),
    /// No JSON, or not of this shape.
    #[error("{0}")]
    Malformed(String),
}

/// Reads JSON in which no object has a key twice, at any depth.
///
/// # Errors
/// `DuplicateKey`, `Malformed`.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice::<Unambiguous>(bytes).map_err(|error| of_first_look(&error))?;
    serde_json::from_slice(bytes).map_err(|error| JsonError::Malformed(error.to_string()))
}

fn of_first_look(error: &serde_json::Error) -> JsonError {
    let text = error.to_string();
    match text.strip_prefix(TWICE) {
        // Behind the visitor's own words serde_json says where it was.
        Some(said) => {
            JsonError::DuplicateKey(said.rsplit_once(" at line ").map_or(said, |(key, _)| key).to_owned())
        }
        None => JsonError::Malformed(text),
    }
}

/// Any JSON, looked through and thrown away.
struct Unambiguous;

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Unambiguous {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<Self>()?;
            if let Some(twice) = keys.replace(key) {
                return Err(A::Error::custom(format_args!("{TWICE}{twice}")));
            }
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"c":[],"a":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(read::<Value>(text.as_bytes()), Err(JsonError::DuplicateKey("a".to_owned())));
        }
        let text = r#"[{"a":1,"b":{"a":null}},{"a":[true,-1,1.5,"x"]}]"#;
        assert_eq!(read::<Value>(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
        assert!(matches!(read::<Value>(b"{"), Err(JsonError::Malformed(_))));
        assert!(matches!(read::<u8>(b"{}"), Err(JsonError::Malformed(_))));
    }
}
