//! What a manifest is called.

use crate::types::{Algorithm, Digest};

/// A manifest's names: both digests, and the one that the client used.
#[derive(Debug, Clone)]
pub struct ManifestNames {
    /// As the client named it; SHA-256 when it named a tag.
    pub named: Digest,
    /// By SHA-256.
    pub sha256: Digest,
    /// By SHA-512.
    pub sha512: Digest,
}

impl ManifestNames {
    /// Hashes a manifest's bytes both ways.
    pub fn of(bytes: &[u8], algorithm: Algorithm) -> Self {
        let (sha256, sha512) = (Digest::of(Algorithm::Sha256, bytes), Digest::of(Algorithm::Sha512, bytes));
        let named = match algorithm {
            Algorithm::Sha256 => sha256.clone(),
            Algorithm::Sha512 => sha512.clone(),
        };
        Self { named, sha256, sha512 }
    }
}
