//! A log-in through an issuer, between its two requests: the authorization code flow with PKCE (RFC 7636).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use crate::types::Sha256Hex;

/// How long a person may take to log in.
pub const LOG_IN_LASTS: Duration = Duration::from_secs(600);

/// What binds a log-in to a browser: 256 random bits in a cookie, from which all else follows. The database has only its
/// digest, so who reads that can finish nobody's log-in.
pub struct Secret(SecretString);

impl Secret {
    /// A new one.
    pub fn generate() -> Self {
        let mut random = [0; 32];
        rand::rng().fill_bytes(&mut random);
        Self(URL_SAFE_NO_PAD.encode(random).into())
    }

    /// From the cookie; none if it is none of ours.
    pub fn read(cookie: &str) -> Option<Self> {
        let is_ours = URL_SAFE_NO_PAD.decode(cookie).is_ok_and(|bytes| bytes.len() == 32);
        is_ours.then(|| Self(cookie.to_owned().into()))
    }

    /// For the cookie.
    pub fn cookie(&self) -> &str {
        self.0.expose_secret()
    }

    /// What the issuer sends back with the browser.
    pub fn state(&self) -> String {
        self.derive("state")
    }

    /// What the id token must hold.
    pub fn nonce(&self) -> String {
        self.derive("nonce")
    }

    /// What proves that who brings the code asked for it.
    pub fn verifier(&self) -> SecretString {
        self.derive("verifier").into()
    }

    /// What the issuer compares the verifier with.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier().expose_secret()))
    }

    /// What the database keeps.
    pub fn digest(&self) -> Sha256Hex {
        Sha256Hex::of(&[b"log-in\0", self.cookie().as_bytes()])
    }

    fn derive(&self, purpose: &str) -> String {
        let digest = Sha256::new().chain_update(purpose).chain_update([0]).chain_update(self.cookie());
        URL_SAFE_NO_PAD.encode(digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_follows_from_the_cookie_and_nothing_leads_back() {
        let secret = Secret::generate();
        let read = Secret::read(secret.cookie()).unwrap();
        assert_eq!((secret.state(), secret.digest()), (read.state(), read.digest()));
        let derived = [
            secret.state(),
            secret.nonce(),
            secret.verifier().expose_secret().to_owned(),
            secret.challenge(),
        ];
        for (at, text) in derived.iter().enumerate() {
            assert_eq!(text.len(), 43);
            assert!(!derived[..at].contains(text) && text != secret.cookie());
        }
        assert_ne!(Secret::generate().state(), secret.state());
        assert!(Secret::read("").is_none() && Secret::read("AAAA").is_none());
    }
}
