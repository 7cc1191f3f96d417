//! Id tokens (OpenID Connect Core, section 2): read without trust, then verified against a key and the clock.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use super::Keys;
use crate::types::{Sha256Hex, Timestamp};

/// Largest token that is read, in bytes.
const MAX_LENGTH: usize = 16 * 1024;
/// How far an issuer's clock may be ahead of ours, in seconds.
const LEEWAY: i64 = 60;
/// Longest between its making and its end or its use, in seconds: longer than any job of CI.
const MAX_AGE: i64 = 24 * 3600;

/// Why an id token does not count. The messages go to clients, so they tell nothing of what we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum IdTokenError {
    /// Not of the form.
    #[error("the id token is no signed JWT with a kid, of at most 16 KiB")]
    Malformed,
    /// `iss` is nobody's.
    #[error("the id token's issuer is not one that is trusted here")]
    Issuer,
    /// No key of its issuer signed it.
    #[error("no key of its issuer signed the id token")]
    Signature,
    /// `aud`.
    #[error("the id token is for another audience: ask its issuer for one that is for this registry alone")]
    Audience,
    /// `exp`.
    #[error("the id token has expired: ask its issuer for another one")]
    Expired,
    /// `nbf`, or `iat`.
    #[error("the id token is not valid yet: compare the clocks")]
    NotYet,
    /// `exp` or `iat` are missing or a day apart.
    #[error("the id token must say when it was made and when it ends, at most a day apart")]
    Age,
    /// `nonce`.
    #[error("the id token belongs to another log-in: begin again")]
    Nonce,
    /// `sub`.
    #[error("the id token says of nobody who it is")]
    Subject,
}

/// Whole seconds since 1970 (RFC 7519, NumericDate).
pub type Seconds = i64;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    /// Extensions that must be understood (RFC 7515, section 4.1.11); we understand none.
    crit: Option<Value>,
}

/// A token of which nothing is believed yet.
pub struct Unverified<'a> {
    header: Header,
    message: &'a str,
    signature: &'a str,
    claims: Map<String, Value>,
}

impl<'a> Unverified<'a> {
    /// Reads a token. A key that it may hold itself (`jwk`, `x5c`) or point at (`jku`, `x5u`) is not looked at.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn read(token: &'a str) -> Result<Self, IdTokenError> {
        Self::parse(token).ok_or(IdTokenError::Malformed)
    }

    fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (message, signature) = token.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        let json = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header: Header = serde_json::from_slice(&json(header)?).ok()?;
        let claims = serde_json::from_slice(&json(claims)?).ok()?;
        (header.crit.is_none()).then_some(Self { header, message, signature, claims })
    }

    /// Which issuer it says it is from.
    pub fn issuer(&self) -> Option<&str> {
        self.claims.get("iss")?.as_str()
    }

    /// Which key it says signed it.
    pub fn key_id(&self) -> &str {
        &self.header.kid
    }

    /// Believes it, if a key of its issuer signed it.
    ///
    /// # Errors
    /// `Signature`.
    pub fn verify(self, keys: &Keys) -> Result<IdToken, IdTokenError> {
        let key = keys.get(&self.header.kid);
        let signed =
            key.is_some_and(|key| key.signed(&self.header.alg, self.message.as_bytes(), self.signature));
        if !signed {
            return Err(IdTokenError::Signature);
        }
        // Of what was signed, not of the token: who turns an ECDSA signature round makes another token of it.
        let digest = Sha256Hex::of(&[self.message.as_bytes()]);
        Ok(IdToken { claims: self.claims, digest })
    }
}

/// A token that its issuer signed.
#[derive(Debug)]
pub struct IdToken {
    claims: Map<String, Value>,
    digest: Sha256Hex,
}

impl IdToken {
    /// Checks for whom and when it is. `alone` refuses a token that is for others too: they could use it here.
    ///
    /// # Errors
    /// `Audience`, `Expired`, `NotYet`, `Age`.
    pub fn check(&self, audience: &str, alone: bool, now: Timestamp) -> Result<(), IdTokenError> {
        let audiences: Vec<&str> = match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        // With several, `azp` must say for which of them it was made (OpenID Connect Core, section 3.1.3.7).
        let others = audiences.len() > 1 && (alone || self.text("azp") != Some(audience));
        if others || !audiences.contains(&audience) {
            return Err(IdTokenError::Audience);
        }
        let now = now.micros().div_euclid(1_000_000);
        let (ends, made) = (self.ends()?, self.seconds("iat").ok_or(IdTokenError::Age)?);
        let begins = self.seconds("nbf").unwrap_or(made);
        if self.claims.contains_key("nbf") && self.seconds("nbf").is_none() {
            return Err(IdTokenError::Age);
        }
        if now >= ends {
            return Err(IdTokenError::Expired);
        }
        if begins.max(made) > now.saturating_add(LEEWAY) {
            return Err(IdTokenError::NotYet);
        }
        if ends.saturating_sub(made) > MAX_AGE || now.saturating_sub(made) > MAX_AGE {
            return Err(IdTokenError::Age);
        }
        Ok(())
    }

    /// Until when it would count.
    ///
    /// # Errors
    /// `Age`.
    pub fn ends(&self) -> Result<Seconds, IdTokenError> {
        self.seconds("exp").ok_or(IdTokenError::Age)
    }

    /// What is the same for every copy of it, and no other token of this issuer: its `jti` if it has one.
    pub fn once(&self) -> Sha256Hex {
        let issuer = self.text("iss").unwrap_or_default().as_bytes();
        match self.text("jti").filter(|id| !id.is_empty()) {
            Some(id) => Sha256Hex::of(&[issuer, b"\0jti\0", id.as_bytes()]),
            None => Sha256Hex::of(&[issuer, b"\0signed\0", self.digest.as_str().as_bytes()]),
        }
    }

    /// A claim as rules compare it: texts as they are, numbers and booleans as JSON writes them; none of the rest.
    pub fn claim(&self, name: &str) -> Option<String> {
        match self.claims.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name)?.as_str()
    }

    fn seconds(&self, name: &str) -> Option<Seconds> {
        let value = self.claims.get(name)?;
        // Some issuers write fractions.
        value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn token(claims: Value) -> IdToken {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        IdToken { claims, digest: Sha256Hex::of(&[b"x"]) }
    }

    fn checked(change: impl Fn(&mut Value)) -> Result<(), IdTokenError> {
        let mut claims = json!({ "aud": "us", "exp": NOW + 300, "iat": NOW - 10 });
        change(&mut claims);
        token(claims).check("us", true, Timestamp::from_micros(NOW * 1_000_000))
    }

    #[test]
    fn is_for_us_alone_and_now() {
        use IdTokenError::{Age, Audience, Expired, NotYet};
        assert_eq!(checked(|_| {}), Ok(()));
        for (name, value, expected) in [
            ("aud", json!(["us"]), Ok(())),
            ("aud", json!(["us", "them"]), Err(Audience)),
            ("aud", json!("them"), Err(Audience)),
            ("aud", json!("us "), Err(Audience)),
            ("aud", json!(null), Err(Audience)),
            ("exp", json!(NOW), Err(Expired)),
            ("exp", json!(NOW + 1), Ok(())),
            ("exp", json!(NOW + 24 * 3600), Err(Age)),
            ("exp", json!("soon"), Err(Age)),
            ("exp", json!(null), Err(Age)),
            ("iat", json!(null), Err(Age)),
            ("iat", json!(NOW - 24 * 3600 - 1), Err(Age)),
            ("iat", json!(NOW + 60), Ok(())),
            ("iat", json!(NOW + 61), Err(NotYet)),
            ("nbf", json!(NOW + 61), Err(NotYet)),
            ("nbf", json!(NOW - 5), Ok(())),
            ("nbf", json!("now"), Err(Age)),
        ] {
            assert_eq!(checked(|claims| claims[name] = value.clone()), expected, "{name} {value}");
        }
    }

    #[test]
    fn of_several_audiences_the_authorized_party_is_one() {
        let check = |azp: &str| {
            let claims = json!({ "aud": ["us", "them"], "azp": azp, "exp": NOW + 9, "iat": NOW });
            token(claims).check("us", false, Timestamp::from_micros(NOW * 1_000_000))
        };
        assert_eq!(check("us"), Ok(()));
        assert_eq!(check("them"), Err(IdTokenError::Audience));
    }

    #[test]
    fn copies_are_one_and_others_are_not() {
        let once = |issuer: &str, id: Option<&str>| token(json!({ "iss": issuer, "jti": id })).once();
        assert_eq!(once("a", Some("1")), once("a", Some("1")));
        assert_ne!(once("a", Some("1")), once("a", Some("2")));
        assert_ne!(once("a", Some("1")), once("b", Some("1")));
        assert_eq!(once("a", None), once("a", Some("")));
        assert_ne!(once("a", None), once("b", None));
    }

    #[test]
    fn extensions_that_must_be_understood_are_not() {
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let read =
            |header: Value| Unverified::read(&format!("{}.{}.AA", part(header), part(json!({})))).is_ok();
        assert!(read(json!({ "alg": "RS256", "kid": "a", "jku": "https://evil.test" })));
        assert!(!read(json!({ "alg": "RS256", "kid": "a", "crit": ["exp"] })));
        assert!(!read(json!({ "alg": "RS256" })));
    }

    proptest! {
        #[test]
        fn never_fails_on_what_is_none(text in "[A-Za-z0-9_.-]{0,200}|\\PC{0,50}") {
            let _ = Unverified::read(&text);
        }
    }
}
