//! Texts and instants from outside.

use serde::de::DeserializeOwned;

use crate::trust::model::{Reason, read_json};
use crate::types::Timestamp;

/// Longest text to look up by, in bytes: PostgreSQL's indexes take no more than some 2,700 of all columns together.
const KEY: usize = 512;
/// Longest text to be shown, in bytes.
const SHOWN: usize = 1024;

/// Reads JSON from outside.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Reason> {
    Ok(read_json(bytes)?)
}

/// What must be there.
pub fn required<T>(value: Option<T>, what: &'static str) -> Result<T, Reason> {
    value.ok_or_else(|| Reason::Malformed(format!("it lacks {what}")))
}

/// A text to look up by: as it is, or not at all. PostgreSQL takes no NUL, and no cursor another control character.
pub fn key(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.len() <= KEY && !text.contains(char::is_control);
    fits.then(|| text.to_owned())
}

/// A text to look up by, without which the attestation says nothing.
pub fn required_key(text: Option<&str>, what: &'static str) -> Result<String, Reason> {
    let text = required(text, what)?;
    key(text).ok_or_else(|| {
        Reason::Malformed(format!(
            "{what} is empty, longer than {KEY} bytes, or has control characters in it"
        ))
    })
}

/// A text to be shown: cut, and without control characters.
pub fn shown(text: &str) -> String {
    let mut cut = SHOWN.min(text.len());
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    text[..cut].chars().filter(|c| !c.is_control()).collect()
}

/// A text to be shown, if there is any.
pub fn shown_if_any(text: Option<&str>) -> Option<String> {
    text.map(shown).filter(|text| !text.is_empty())
}

/// An instant, if there is one.
pub fn time(text: Option<&str>, what: &'static str) -> Result<Option<Timestamp>, Reason> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time = text.parse().map_err(|error| Reason::Malformed(format!("{what}: {error}")))?;
    Ok(Some(time))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_whole_or_none() {
        assert_eq!(key("pkg:npm/a"), Some("pkg:npm/a".to_owned()));
        assert_eq!(key(""), None);
        assert_eq!(key("a\0b"), None);
        assert_eq!(key(&"a".repeat(KEY + 1)), None);
        let reason = required_key(Some(""), "builder.id").unwrap_err();
        assert!(reason.to_string().contains("builder.id"), "{reason}");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_short_and_printable(text in ".*", times in 1..200_usize) {
            let shown = shown(&text.repeat(times));
            prop_assert!(shown.len() <= SHOWN && !shown.contains(char::is_control));
        }
    }
}
