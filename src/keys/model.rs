//! A signing key and what it is for.

use std::fmt;

use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey as Ed25519};
use rand::Rng;
use secrecy::{ExposeSecret, SecretBox, SecretSlice};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::MasterKey;
use crate::db::DbError;
use crate::types::{EventId, KeyId, Timestamp};

/// Bytes of a private and of a public key of Ed25519.
pub(super) const LENGTH: usize = 32;

/// What a key signs. A key is never used for two purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Access tokens.
    Token,
    /// Checkpoints of the ledger.
    Ledger,
    /// What Waybill itself says of artifacts.
    Summary,
}

impl Purpose {
    /// As the database and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Ledger => "ledger",
            Self::Summary => "summary",
        }
    }
}

/// Why a key can't be had.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Another master key wrapped it.
    #[error(
        "the master key does not open the keys in the database: it is not the one that they were made with; \
         start with that one again"
    )]
    WrongMasterKey,
    /// The cryptography library refused.
    #[error("a signing key could not be used")]
    Crypto,
    /// There is none yet.
    #[error("there is no key to sign with")]
    Missing,
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// A key that signs.
pub struct SigningKey {
    /// Names it in what it signs.
    pub id: KeyId,
    /// Since when it signs.
    pub since: Timestamp,
    seed: SecretBox<[u8; LENGTH]>,
}

impl SigningKey {
    pub(super) const fn new(id: KeyId, since: Timestamp, seed: SecretBox<[u8; LENGTH]>) -> Self {
        Self { id, since, seed }
    }

    /// PKCS #8 (RFC 5958), the form that libraries take.
    ///
    /// # Errors
    /// `Crypto`.
    pub fn to_pkcs8(&self) -> Result<SecretSlice<u8>, KeyError> {
        let der = self.ed25519().to_pkcs8_der().map_err(|_| KeyError::Crypto)?;
        Ok(der.as_bytes().to_vec().into())
    }

    /// Signs (RFC 8032); 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.ed25519().sign(message).to_bytes()
    }

    /// What verifies its signatures.
    pub fn public(&self) -> [u8; LENGTH] {
        self.ed25519().verifying_key().to_bytes()
    }

    fn ed25519(&self) -> Ed25519 {
        Ed25519::from_bytes(self.seed.expose_secret())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningKey").field(&self.id).finish()
    }
}

/// A key that verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey {
    /// As [`SigningKey::id`].
    pub id: KeyId,
    /// Since when it signs.
    pub since: Timestamp,
    /// 32 bytes of Ed25519.
    pub bytes: [u8; LENGTH],
    /// Since when it signs no more.
    pub retired_at: Option<Timestamp>,
}

/// A key pair as it is kept, to be kept elsewhere too: the private half is under the master key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// As [`SigningKey::id`].
    pub id: KeyId,
    /// What it signs.
    pub(super) purpose: String,
    /// 32 bytes of Ed25519, in hex.
    pub(super) public_key: String,
    /// Nonce, ciphertext and tag, in hex.
    pub(super) wrapped_key: String,
    /// Since when it signs.
    pub since_us: Timestamp,
    /// The event that told of it.
    pub event: EventId,
}

/// A key pair that is made and wrapped, ready to be kept.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// Its id.
    pub id: KeyId,
    pub(super) purpose: Purpose,
    pub(super) public: [u8; LENGTH],
    pub(super) wrapped: Vec<u8>,
}

impl NewKey {
    /// What verifies its signatures.
    pub const fn public(&self) -> &[u8; LENGTH] {
        &self.public
    }

    /// Makes one.
    pub(super) fn generate(master: &MasterKey, purpose: Purpose) -> Result<Self, KeyError> {
        let seed = SecretBox::init_with_mut(|bytes: &mut [u8; LENGTH]| rand::rng().fill_bytes(bytes));
        let id = KeyId::new();
        let wrapped = master.wrap(&context(id, purpose), seed.expose_secret()).ok_or(KeyError::Crypto)?;
        let public = Ed25519::from_bytes(seed.expose_secret()).verifying_key().to_bytes();
        Ok(Self { id, purpose, public, wrapped })
    }
}

/// What binds a wrapped key to its row: it opens as no other key, and for no other purpose.
pub(super) fn context(id: KeyId, purpose: Purpose) -> Vec<u8> {
    format!("waybill signing key {id} {}", purpose.as_str()).into_bytes()
}
