//! Content digests: `algorithm:hex`, as the OCI image spec ("Digests") registers them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};
use thiserror::Error;

/// A digest algorithm that Waybill can compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// SHA-256, 64 hex digits.
    Sha256,
    /// SHA-512, 128 hex digits.
    Sha512,
}

impl Algorithm {
    /// The name before the colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    const fn hex_len(self) -> usize {
        match self {
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }
}

impl FromStr for Algorithm {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        match text {
            "sha256" => Ok(Self::Sha256),
            "sha512" => Ok(Self::Sha512),
            _ => Err(DigestError::UnknownAlgorithm),
        }
    }
}

/// Why a text is not a digest. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DigestError {
    /// No colon, or something else than lower-case hex behind it.
    #[error("a digest has the form <algorithm>:<lower-case hex>, for example sha256:e3b0…b855")]
    Malformed,
    /// Well-formed, but not one that Waybill computes.
    #[error("unknown digest algorithm: use sha256 or sha512")]
    UnknownAlgorithm,
    /// Too few or too many hex digits for the algorithm.
    #[error("the digest has the wrong length for its algorithm: sha256 has 64 hex digits, sha512 has 128")]
    WrongLength,
}

/// A content digest with a known algorithm and a hex part of the right length.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    algorithm: Algorithm,
    text: String,
}

impl Digest {
    /// Wraps a finished SHA-256.
    pub fn from_sha256(hash: &[u8; 32]) -> Self {
        Self::from_hash(Algorithm::Sha256, hash)
    }

    /// Wraps a finished SHA-512.
    pub fn from_sha512(hash: &[u8; 64]) -> Self {
        Self::from_hash(Algorithm::Sha512, hash)
    }

    fn from_hash(algorithm: Algorithm, hash: &[u8]) -> Self {
        Self { algorithm, text: format!("{}:{}", algorithm.as_str(), hex::encode(hash)) }
    }

    /// Hashes bytes that are in memory already (manifests).
    pub fn of(algorithm: Algorithm, bytes: &[u8]) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::from_sha256(&Sha256::digest(bytes).into()),
            Algorithm::Sha512 => Self::from_sha512(&Sha512::digest(bytes).into()),
        }
    }

    /// The algorithm.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The part behind the colon.
    pub fn hex(&self) -> &str {
        &self.text[self.algorithm.as_str().len() + 1..]
    }

    /// `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (algorithm, hex) = text.split_once(':').ok_or(DigestError::Malformed)?;
        let algorithm_ok = !algorithm.is_empty()
            && algorithm
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+._-".contains(&b));
        if !algorithm_ok || hex.is_empty() {
            return Err(DigestError::Malformed);
        }
        let algorithm: Algorithm = algorithm.parse()?;
        if !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err(DigestError::Malformed);
        }
        if hex.len() != algorithm.hex_len() {
            return Err(DigestError::WrongLength);
        }
        Ok(Self { algorithm, text: text.to_owned() })
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.text
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A bare SHA-256 in lower-case hex, for values that are no content digest (token and salt hashes).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Sha256Hex(String);

impl Sha256Hex {
    /// Hashes the parts, one after the other.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hex::encode(hasher.finalize()))
    }

    /// 64 hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_a_digest() {
        let hex = "a".repeat(64);
        for (text, error) in [
            ("".into(), DigestError::Malformed),
            ("sha256".into(), DigestError::Malformed),
            ("sha256:".into(), DigestError::Malformed),
            (format!(":{hex}"), DigestError::Malformed),
            (format!("sha256:{}", "A".repeat(64)), DigestError::Malformed),
            (format!("sha256:{}/", &hex[..63]), DigestError::Malformed),
            (format!("SHA256:{hex}"), DigestError::Malformed),
            (format!("md5:{hex}"), DigestError::UnknownAlgorithm),
            (format!("sha256:{hex}a"), DigestError::WrongLength),
            (format!("sha512:{hex}"), DigestError::WrongLength),
        ] {
            assert_eq!(text.parse::<Digest>(), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_it_computes_it_parses(bytes: Vec<u8>) {
            for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
                let digest = Digest::of(algorithm, &bytes);
                prop_assert_eq!(digest.as_str().parse::<Digest>(), Ok(digest.clone()));
                prop_assert_eq!(digest.hex().len(), algorithm.hex_len());
            }
        }

        #[test]
        fn parsing_is_exact(text in "\\PC{0,160}") {
            if let Ok(digest) = text.parse::<Digest>() {
                prop_assert_eq!(digest.to_string(), text);
            }
        }
    }
}
