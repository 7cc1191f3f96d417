//! Signed notes and the keys that verify them (c2sp.org/signed-note, c2sp.org/tlog-cosignature), Ed25519 only.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::LogOrigin;
use crate::types::Timestamp;

/// Bytes of a signature of Ed25519, and of the time before it in a cosignature.
const SIGNATURE: usize = 64;
const TIME: usize = 8;
/// Most signatures that a note is read with; a reader of notes should have a limit.
const MAX_SIGNATURES: usize = 100;
/// What begins a signature's line: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// Why a text is no signed note, or no verifier key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoteError {
    /// Not the form of a note.
    #[error("it is no signed note: {0}")]
    Malformed(&'static str),
    /// Not the form of a key.
    #[error("a verifier key has the form <name>+<8 hex digits>+<base64>, as the log's /ledger/key shows it")]
    BadKey,
    /// A signature by the key is there and does not verify.
    #[error("a signature in the name of {0} does not verify")]
    Forged(String),
}

/// What a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// Notes of its log (signature type 1).
    Log,
    /// Cosignatures of a witness, with their time (signature type 4).
    Witness,
}

impl KeyUse {
    const fn code(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// A public key with a name, in the form that clients are configured with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: LogOrigin,
    used_for: KeyUse,
    key: VerifyingKey,
}

impl VerifierKey {
    /// The key of a log, of 32 bytes of Ed25519.
    ///
    /// # Errors
    /// `BadKey` when the bytes are no point of the curve.
    pub fn of_log(name: &LogOrigin, public: &[u8; 32]) -> Result<Self, NoteError> {
        let key = VerifyingKey::from_bytes(public).map_err(|_| NoteError::BadKey)?;
        Ok(Self { name: name.clone(), used_for: KeyUse::Log, key })
    }

    /// Whose key it is.
    pub const fn name(&self) -> &LogOrigin {
        &self.name
    }

    /// What it signs.
    pub const fn used_for(&self) -> KeyUse {
        self.used_for
    }

    /// The first four bytes of SHA-256 over name and key: what a signature names it by.
    pub fn id(&self) -> [u8; 4] {
        let mut hash = Sha256::new();
        hash.update(self.name.as_str());
        hash.update([b'\n', self.used_for.code()]);
        hash.update(self.key.as_bytes());
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        [a, b, c, d]
    }

    fn is_named_by(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name.as_str() && signature.key_id == self.id()
    }

    /// Whether the signature is good for the text.
    fn accepts(&self, text: &str, signature: &[u8]) -> bool {
        let (message, signature) = match (self.used_for, signature.split_at_checked(TIME)) {
            (KeyUse::Log, _) => (text.as_bytes().to_vec(), signature),
            (KeyUse::Witness, Some((time, signature))) => {
                let Ok(time) = time.try_into().map(u64::from_be_bytes) else { return false };
                (format!("cosignature/v1\ntime {time}\n{text}").into_bytes(), signature)
            }
            (KeyUse::Witness, None) => return false,
        };
        Signature::from_slice(signature).is_ok_and(|it| self.key.verify_strict(&message, &it).is_ok())
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.used_for.code()], self.key.as_bytes().as_slice()].concat();
        write!(f, "{}+{}+{}", self.name, hex::encode(self.id()), STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        // Base64 has a plus sign of its own.
        let mut parts = text.trim().splitn(3, '+');
        let mut part = || parts.next().ok_or(NoteError::BadKey);
        let (name, id, key) = (part()?, part()?, part()?);
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::BadKey)?;
        let (used_for, bytes) = match bytes.split_first() {
            Some((1, bytes)) => (KeyUse::Log, bytes),
            Some((4, bytes)) => (KeyUse::Witness, bytes),
            _ => return Err(NoteError::BadKey),
        };
        let bytes = bytes.try_into().map_err(|_| NoteError::BadKey)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| NoteError::BadKey)?;
        let key = Self { name: name.parse().map_err(|_| NoteError::BadKey)?, used_for, key };
        if hex::encode(key.id()) == id { Ok(key) } else { Err(NoteError::BadKey) }
    }
}

impl<'de> serde::Deserialize<'de> for VerifierKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A signature, as a line of a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: [u8; 4],
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// A signature that `key` was found to have made.
    pub fn by(key: &VerifierKey, bytes: Vec<u8>) -> Self {
        Self { name: key.name.to_string(), key_id: key.id(), bytes }
    }

    /// In whose name it is, which is not checked by this.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When a witness says that it signed; none for another kind of signature.
    pub fn witnessed_at(&self) -> Option<Timestamp> {
        let (time, rest) = self.bytes.split_at_checked(TIME)?;
        let seconds = i64::try_from(u64::from_be_bytes(time.try_into().ok()?)).ok()?;
        (rest.len() == SIGNATURE).then(|| Timestamp::from_micros(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.as_slice(), &self.bytes].concat();
        writeln!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    /// Reads a line, without its end.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let bad = NoteError::Malformed("a signature has the form '— <name> <base64>'");
        let (name, bytes) =
            line.strip_prefix(DASH).and_then(|line| line.split_once(' ')).ok_or(bad.clone())?;
        let bytes = STANDARD.decode(bytes).map_err(|_| bad.clone())?;
        let (key_id, bytes) = bytes.split_first_chunk().ok_or(bad.clone())?;
        let name: LogOrigin = name.parse().map_err(|_| bad)?;
        Ok(Self { name: name.to_string(), key_id: *key_id, bytes: bytes.to_vec() })
    }
}

/// A text and the signatures below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Of a text that ends with a newline.
    pub const fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    /// What is signed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures, good or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature, unless one by its key is there.
    pub fn add(&mut self, signature: NoteSignature) {
        let same = |held: &NoteSignature| held.name == signature.name && held.key_id == signature.key_id;
        if !self.signatures.iter().any(same) {
            self.signatures.push(signature);
        }
    }

    /// The signature by a key; none when there is none. Those of other keys are passed over.
    ///
    /// # Errors
    /// `Forged` when it names the key and does not verify.
    pub fn signed_by(&self, key: &VerifierKey) -> Result<Option<&NoteSignature>, NoteError> {
        let Some(signature) = self.signatures.iter().find(|signature| key.is_named_by(signature)) else {
            return Ok(None);
        };
        if key.accepts(&self.text, &signature.bytes) {
            Ok(Some(signature))
        } else {
            Err(NoteError::Forged(key.name.to_string()))
        }
    }

    /// Whether any of the keys has signed it.
    ///
    /// # Errors
    /// `Forged`.
    pub fn is_signed_by_any(&self, keys: &[VerifierKey]) -> Result<bool, NoteError> {
        for key in keys {
            if self.signed_by(key)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::Malformed("there is a control character in it"));
        }
        let split = note.rfind("\n\n").ok_or(NoteError::Malformed("no empty line before the signatures"))?;
        let (text, lines) = (&note[..=split], &note[split + 2..]);
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("its last line has no end"))?;
        if lines.split('\n').count() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("it has more than 100 signatures"));
        }
        let signatures = lines.split('\n').map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }
}

#[cfg(test)]
mod tests;
