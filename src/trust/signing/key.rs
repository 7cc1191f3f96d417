//! Ed25519 keys in the files that other tools read too: PKCS#8 and SubjectPublicKeyInfo in PEM (RFC 8410, RFC 7468).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::spki::EncodePublicKey as _;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey as Ed25519, VerifyingKey};
use rand::Rng as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// Why a key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SigningKeyError {
    /// Not the private key of such a pair.
    #[error(
        "it holds no private key that can sign: an Ed25519 key as PKCS#8 in PEM, as `waybill key generate` makes it, \
         begins with -----BEGIN PRIVATE KEY-----"
    )]
    NotPrivate,
    /// A key that can't be written down.
    #[error("the key can't be written as PEM")]
    Unwritable,
}

/// The key of a signer.
pub struct SigningKey(Ed25519);

/// Its name alone would tell nothing, and its bytes nobody may see.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Makes one.
    pub fn generate() -> Self {
        let seed = SecretBox::init_with_mut(|bytes: &mut [u8; 32]| rand::rng().fill_bytes(bytes));
        Self(Ed25519::from_bytes(seed.expose_secret()))
    }

    /// Reads a PEM file.
    ///
    /// # Errors
    /// `NotPrivate`.
    pub fn from_pem(pem: &SecretString) -> Result<Self, SigningKeyError> {
        let key = Ed25519::from_pkcs8_pem(pem.expose_secret().trim());
        key.map(Self).map_err(|_| SigningKeyError::NotPrivate)
    }

    /// The PEM file. It holds the private key alone, without the public one beside it: OpenSSL and Go read no other form.
    ///
    /// # Errors
    /// `Unwritable`.
    pub fn to_pem(&self) -> Result<SecretString, SigningKeyError> {
        let bytes = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let pem = bytes.to_pkcs8_pem(LineEnding::LF).map_err(|_| SigningKeyError::Unwritable)?;
        Ok(SecretString::from(pem.as_str()))
    }

    /// What verifies its signatures.
    ///
    /// # Errors
    /// `Unwritable`.
    pub fn public(&self) -> Result<PublicKey, SigningKeyError> {
        PublicKey::of(&self.0.verifying_key())
    }

    /// Signs (RFC 8032, without prehashing).
    pub(super) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        self.0.sign(bytes).to_vec()
    }
}

/// The public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    der: Vec<u8>,
    pem: String,
}

impl PublicKey {
    /// Of the 32 bytes of a key (RFC 8032).
    ///
    /// # Errors
    /// `Unwritable`, if they are none.
    pub fn of_bytes(bytes: &[u8; 32]) -> Result<Self, SigningKeyError> {
        Self::of(&VerifyingKey::from_bytes(bytes).map_err(|_| SigningKeyError::Unwritable)?)
    }

    fn of(key: &VerifyingKey) -> Result<Self, SigningKeyError> {
        let der = key.to_public_key_der().map_err(|_| SigningKeyError::Unwritable)?;
        let pem = der.to_pem("PUBLIC KEY", LineEnding::LF).map_err(|_| SigningKeyError::Unwritable)?;
        Ok(Self { der: der.into_vec(), pem })
    }

    /// The PEM file: what `cosign verify --key` takes, and a trust policy.
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// What bundles name the key by, as cosign does: base64 of the SHA-256 of its DER. Nobody need believe it.
    pub fn hint(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.der))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8410, section 10.3, and its public half of section 10.1.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn files_are_those_of_the_standard() {
        let key = SigningKey::from_pem(&SecretString::from(PRIVATE)).unwrap();
        assert_eq!(key.public().unwrap().to_pem(), PUBLIC);
        assert_eq!(key.to_pem().unwrap().expose_secret(), PRIVATE);
        let bytes = key.0.verifying_key().to_bytes();
        assert_eq!(PublicKey::of_bytes(&bytes).unwrap(), key.public().unwrap());
        // The second line | base64 -d | sha256sum | xxd -r -p | base64
        assert_eq!(key.public().unwrap().hint(), "oekVYFTgT6yJmunydRMs3Ael28TqLCrTof/G4NJTaB8=");
    }

    #[test]
    fn what_is_made_is_read_and_nothing_else() {
        let (key, other) = (SigningKey::generate(), SigningKey::generate());
        assert_ne!(key.public(), other.public());
        let read = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
        assert_eq!(read.public(), key.public());
        let refused = |text: &str| {
            SigningKey::from_pem(&SecretString::from(text)).unwrap_err() == SigningKeyError::NotPrivate
        };
        assert!(refused("") && refused(PUBLIC) && refused(&PRIVATE.replace("K2VwBC", "K2VxBC")));
    }

    #[test]
    fn it_shows_itself_nowhere() {
        assert_eq!(format!("{:?}", SigningKey::generate()), "SigningKey(…)");
    }
}
