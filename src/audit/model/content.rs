//! What a manifest's bytes are called, whatever their row says.

use crate::types::{Algorithm, Digest};

/// The bytes of a manifest's row, by what is true of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    sha256: Digest,
    sha512: Digest,
    length: u64,
}

impl Content {
    /// Hashes bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            sha256: Digest::of(Algorithm::Sha256, bytes),
            sha512: Digest::of(Algorithm::Sha512, bytes),
            length: bytes.len() as u64,
        }
    }

    /// The first of the three that does not fit what it should be.
    pub fn damage(&self, sha256: &str, sha512: &str, size: i64) -> Option<String> {
        if self.sha256.as_str() != sha256 {
            return Some(format!("bytes of {}", self.sha256));
        }
        if self.sha512.as_str() != sha512 {
            return Some(format!("bytes of {}", self.sha512));
        }
        (u64::try_from(size) != Ok(self.length)).then(|| format!("{} bytes", self.length))
    }
}
