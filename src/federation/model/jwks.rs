//! The keys that an issuer signs with (RFC 7517). A key says itself by which algorithm: a token only confirms it.

use std::collections::BTreeMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde_json::Value;

/// Most keys that are kept of an issuer; the largest publish some ten.
const MAX_KEYS: usize = 64;

/// A key that verifies.
pub struct Key {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl Key {
    /// Whether it is one that we use; none of what is not: symmetric keys, other curves, keys for encryption.
    fn read(value: &Value) -> Option<(String, Self)> {
        let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
        let id = jwk.common.key_id.clone().filter(|id| !id.is_empty())?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                (Algorithm::ES256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
            }
            _ => return None,
        };
        if jwk.common.key_algorithm.is_some_and(|algorithm| algorithm != named) {
            return None;
        }
        Some((id, Self { algorithm, key: DecodingKey::from_jwk(&jwk).ok()? }))
    }

    /// Whether it signed `message`, by the algorithm that is its own and that the token names.
    pub fn signed(&self, named: &str, message: &[u8], signature: &str) -> bool {
        let own = match self.algorithm {
            Algorithm::RS256 => "RS256",
            Algorithm::ES256 => "ES256",
            Algorithm::EdDSA => "EdDSA",
            _ => return false,
        };
        named == own && crypto::verify(signature, message, &self.key, self.algorithm).unwrap_or(false)
    }
}

/// All keys of an issuer, by their ids.
#[derive(Default)]
pub struct Keys(BTreeMap<String, Key>);

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Keys {
    /// Reads a key set; keys that are not for us are passed over.
    ///
    /// # Errors
    /// When it is no key set.
    pub fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        let set: KeySet = serde_json::from_slice(text)?;
        let mut keys = BTreeMap::new();
        for (id, key) in set.keys.iter().filter_map(Key::read).take(MAX_KEYS) {
            // Of two with one id, neither could be told from the other: the first counts.
            keys.entry(id).or_insert(key);
        }
        Ok(Self(keys))
    }

    /// The key of an id.
    pub fn get(&self, id: &str) -> Option<&Key> {
        self.0.get(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_only_keys_that_sign_as_we_allow() {
        let ed = r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#;
        let set = format!(
            r#"{{"keys":[{{"kid":"a",{ed}}},{{"kid":"b",{ed},"use":"enc"}},{{"kid":"c",{ed},"alg":"RS256"}},{{{ed}}},
            {{"kid":"d","kty":"oct","k":"AAAA"}},{{"kid":"e",{ed},"alg":"EdDSA","use":"sig"}},{{"kid":"f","kty":"new"}},7]}}"#
        );
        let keys = Keys::read(set.as_bytes()).unwrap();
        assert_eq!(keys.0.keys().collect::<Vec<_>>(), ["a", "e"]);
        assert!(!keys.get("a").unwrap().signed("none", b"", ""));
        assert!(Keys::read(b"{}").is_err() && Keys::read(b"[]").is_err());
    }
}
