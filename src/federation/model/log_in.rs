//! A log-in through an issuer, between its two requests: the authorization code flow with PKCE (RFC 7636).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};

use crate::types::{Sha256Hex, Timestamp};

/// How long a person may take to log in.
pub const LOG_IN_LASTS: Duration = Duration::from_secs(600);
/// How far the clocks of replicas may be apart.
const SKEW: Duration = Duration::from_secs(60);
/// Bytes of the time that a log-in began at, and of that with the random ones.
const TIME: usize = 8;
const LENGTH: usize = TIME + 32;

/// What binds a log-in to a browser: when it began and 256 random bits, in a cookie. All else follows from that and the
/// issuer, so nothing is kept of a log-in that nobody finishes, and the issuer's signature over the nonce holds the time too.
pub struct Secret {
    cookie: SecretString,
    issuer: String,
}

impl Secret {
    /// A new one, for a log-in through the issuer of this identifier.
    pub fn generate(issuer: &str, now: Timestamp) -> Self {
        let mut bytes = [0; LENGTH];
        let (begun, random) = bytes.split_at_mut(TIME);
        begun.copy_from_slice(&now.micros().to_be_bytes());
        rand::rng().fill_bytes(random);
        Self { cookie: URL_SAFE_NO_PAD.encode(bytes).into(), issuer: issuer.to_owned() }
    }

    /// From the cookie; none if it is none of ours, or the person took too long.
    pub fn read(cookie: &str, issuer: &str, now: Timestamp) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok().filter(|bytes| bytes.len() == LENGTH)?;
        let begun = Timestamp::from_micros(i64::from_be_bytes(*bytes.first_chunk()?));
        // Another replica's clock may be a little ahead of ours.
        let lasts = begun <= now.after(SKEW) && now < begun.after(LOG_IN_LASTS);
        lasts.then(|| Self { cookie: cookie.to_owned().into(), issuer: issuer.to_owned() })
    }

    /// For the cookie.
    pub fn cookie(&self) -> &str {
        self.cookie.expose_secret()
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

    /// What the database keeps once it is finished.
    pub fn digest(&self) -> Sha256Hex {
        Sha256Hex::of(&[b"log-in\0", self.cookie().as_bytes()])
    }

    fn derive(&self, purpose: &str) -> String {
        let parts = [purpose, self.cookie(), &self.issuer];
        let digest =
            parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part).chain_update([0]));
        URL_SAFE_NO_PAD.encode(digest.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://issuer.example";
    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    #[test]
    fn all_follows_from_the_cookie_and_nothing_leads_back() {
        let secret = Secret::generate(ISSUER, NOW);
        let read = Secret::read(secret.cookie(), ISSUER, NOW).unwrap();
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
        assert_ne!(Secret::generate(ISSUER, NOW).state(), secret.state());
        let elsewhere = Secret::read(secret.cookie(), "https://other.example", NOW).unwrap();
        assert!(elsewhere.state() != secret.state() && elsewhere.nonce() != secret.nonce());
    }

    #[test]
    fn it_lasts_ten_minutes() {
        let secret = Secret::generate(ISSUER, NOW);
        let read = |now| Secret::read(secret.cookie(), ISSUER, now).is_some();
        assert!(read(NOW) && read(NOW.after(Duration::from_secs(599))));
        assert!(!read(NOW.after(LOG_IN_LASTS)) && !read(Timestamp::from_micros(0)));
    }

    proptest::proptest! {
        #[test]
        fn what_is_not_ours_is_none(cookie in ".{0,60}") {
            proptest::prop_assert!(Secret::read(&cookie, ISSUER, NOW).is_none());
        }
    }
}
