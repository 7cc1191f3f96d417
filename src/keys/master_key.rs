//! The key that wraps all others.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use thiserror::Error;

/// Bytes of the key, for AES-256.
const LENGTH: usize = 32;

/// Why a text is no master key. Shows nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the master key must be 32 random bytes, in base64 or hex: make one with 'openssl rand -base64 32'")]
pub struct MasterKeyError;

/// 32 random bytes that wrap every private key.
pub struct MasterKey(SecretBox<[u8; LENGTH]>);

impl MasterKey {
    /// A new one.
    pub fn generate() -> Self {
        Self(SecretBox::init_with_mut(|bytes: &mut [u8; LENGTH]| rand::rng().fill_bytes(bytes)))
    }

    /// In base64, as a file or a variable holds it.
    pub fn to_base64(&self) -> SecretString {
        STANDARD.encode(self.0.expose_secret()).into()
    }

    /// Encrypts; `context` must be said again to decrypt. A random nonce stands before the ciphertext: 96 bits suffice
    /// for the few keys that are ever wrapped.
    pub(super) fn wrap(&self, context: &[u8], secret: &[u8]) -> Option<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        rand::rng().fill_bytes(&mut nonce);
        let mut sealed = secret.to_vec();
        let nonce_of_key = Nonce::assume_unique_for_key(nonce);
        self.cipher()?.seal_in_place_append_tag(nonce_of_key, Aad::from(context), &mut sealed).ok()?;
        Some([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts; none when this key, the context or a byte is another than then.
    pub(super) fn unwrap(&self, context: &[u8], wrapped: &[u8]) -> Option<SecretBox<[u8; LENGTH]>> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut opened = SecretBox::new(Box::new(sealed.to_vec()));
        let buffer = secrecy::ExposeSecretMut::expose_secret_mut(&mut opened);
        let secret: &[u8] = self.cipher()?.open_in_place(nonce, Aad::from(context), buffer).ok()?;
        let secret: &[u8; LENGTH] = secret.try_into().ok()?;
        Some(SecretBox::init_with_mut(|bytes: &mut [u8; LENGTH]| bytes.copy_from_slice(secret)))
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        UnboundKey::new(&AES_256_GCM, self.0.expose_secret()).ok().map(LessSafeKey::new)
    }
}

impl FromStr for MasterKey {
    type Err = MasterKeyError;

    fn from_str(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = hex::decode(text).or_else(|_| STANDARD.decode(text)).map_err(|_| MasterKeyError)?;
        let bytes: [u8; LENGTH] = bytes.try_into().map_err(|_| MasterKeyError)?;
        Ok(Self(SecretBox::new(Box::new(bytes))))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_base64_and_hex_of_32_bytes() {
        let text = STANDARD.encode([7; 32]);
        let key: MasterKey = format!("{text}\n").parse().unwrap();
        assert_eq!(key.to_base64().expose_secret(), text);
        let of_hex: MasterKey = "07".repeat(32).parse().unwrap();
        assert_eq!(of_hex.to_base64().expose_secret(), text);
        for text in ["", "secret", &"07".repeat(31), &STANDARD.encode([7; 33]), &"zz".repeat(32)] {
            assert_eq!(text.parse::<MasterKey>().unwrap_err(), MasterKeyError, "{text}");
        }
        assert_eq!(format!("{key:?}"), "MasterKey");
    }

    #[test]
    fn only_the_same_key_and_context_open_it() {
        let key = MasterKey::generate();
        let wrapped = key.wrap(b"context", &[5; 32]).unwrap();
        assert_eq!(key.unwrap(b"context", &wrapped).unwrap().expose_secret(), &[5; 32]);
        assert_ne!(key.wrap(b"context", &[5; 32]).unwrap(), wrapped, "a nonce is never used twice");
        assert!(!wrapped.windows(32).any(|window| window == [5; 32]));
        assert!(key.unwrap(b"another", &wrapped).is_none());
        assert!(MasterKey::generate().unwrap(b"context", &wrapped).is_none());
        assert!(key.unwrap(b"context", b"short").is_none());
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert!(key.unwrap(b"context", &changed).is_none(), "byte {at}");
        }
    }
}
