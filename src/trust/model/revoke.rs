//! Taking a signer's word back, in the policy that names it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use thiserror::Error;

use super::json::{self, JsonError};
use super::policy::Revocation;
use super::read_policy::read_policy;
use crate::types::Timestamp;

/// Why a signer was not revoked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RevokeError {
    /// The policy names none of this name.
    #[error("there is no such signer")]
    NoSuchSigner,
    /// It is revoked since an earlier moment.
    #[error("it is revoked since {0}")]
    Earlier(Timestamp),
    /// The policy does not read.
    #[error(transparent)]
    Unreadable(#[from] JsonError),
}

/// JSON objects whose values stay as they were written.
type Object = BTreeMap<String, Box<RawValue>>;

/// The policy with a signer revoked, else as it was written but for blanks and the order of keys; none when the same
/// stands there already.
///
/// # Errors
/// `NoSuchSigner`, `Earlier` for what would trust the signer longer than before, `Unreadable`.
pub fn revoke(document: &[u8], name: &str, revocation: &Revocation) -> Result<Option<Vec<u8>>, RevokeError> {
    let policy = read_policy(document)?;
    let at = policy.signers.iter().position(|signer| signer.name == name);
    let at = at.ok_or(RevokeError::NoSuchSigner)?;
    if let Some(before) = policy.signers.get(at).and_then(|signer| signer.revoked.as_ref()) {
        if before.at == revocation.at && before.reason == revocation.reason {
            return Ok(None);
        }
        let since = instant(&before.at)?;
        if since < instant(&revocation.at)? {
            return Err(RevokeError::Earlier(since));
        }
    }
    let mut policy: Object = json::read(document)?;
    let signers = policy.get("signers").ok_or(RevokeError::NoSuchSigner)?;
    let mut signers: Vec<Object> = json::read(signers.get().as_bytes())?;
    let signer = signers.get_mut(at).ok_or(RevokeError::NoSuchSigner)?;
    signer.insert("revoked".to_owned(), raw(revocation)?);
    policy.insert("signers".to_owned(), raw(&signers)?);
    serde_json::to_vec(&policy).map(Some).map_err(unwritable)
}

fn instant(text: &str) -> Result<Timestamp, RevokeError> {
    text.parse().map_err(|error| JsonError::Malformed(format!("`revoked.at`: {error}")).into())
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>, RevokeError> {
    to_raw_value(value).map_err(unwritable)
}

fn unwritable(error: serde_json::Error) -> RevokeError {
    JsonError::Malformed(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// With a number that would not survive being read and written as one.
    const POLICY: &str = r#"{ "trusted_roots": {"r": { "n":  10000000000000000000000000000001 }},
        "signers": [
            {"name": "a", "by": {"minisign": {"key": "k"}}, "may": {"repositories": ["team/*"]}},
            {"name": "b", "by": {"minisign": {"key": "l"}}}
        ] }"#;

    fn at(at: &str) -> Revocation {
        Revocation { at: at.to_owned(), reason: "lost".to_owned() }
    }

    #[test]
    fn only_what_is_revoked_changes() {
        let revoked = revoke(POLICY.as_bytes(), "b", &at("2026-11-01T00:00:00Z")).unwrap().unwrap();
        let text = String::from_utf8(revoked).unwrap();
        assert!(text.contains(r#"{ "n":  10000000000000000000000000000001 }"#), "{text}");
        let (mut before, after): (Value, Value) =
            (serde_json::from_str(POLICY).unwrap(), serde_json::from_str(&text).unwrap());
        before["signers"][1]["revoked"] = json!({ "at": "2026-11-01T00:00:00Z", "reason": "lost" });
        assert_eq!(after, before);
    }

    #[test]
    fn a_revocation_moves_to_earlier_moments_only() {
        let revoke = |document: &[u8], instant: &str| revoke(document, "a", &at(instant));
        let second = "2026-11-02T00:00:00Z";
        let once = revoke(POLICY.as_bytes(), second).unwrap().unwrap();
        assert_eq!(revoke(&once, second), Ok(None));
        let since = second.parse().unwrap();
        assert_eq!(revoke(&once, "2026-11-02T00:00:00.000001Z"), Err(RevokeError::Earlier(since)));
        assert!(revoke(&once, "2026-11-02T01:00:00+02:00").unwrap().is_some(), "an hour earlier");
    }

    #[test]
    fn who_is_not_named_can_not_be_revoked() {
        let now = at("2026-11-01T00:00:00Z");
        assert_eq!(revoke(POLICY.as_bytes(), "c", &now), Err(RevokeError::NoSuchSigner));
        assert_eq!(revoke(b"{}", "c", &now), Err(RevokeError::NoSuchSigner));
        assert!(matches!(revoke(b"{", "c", &now), Err(RevokeError::Unreadable(_))));
    }
}
