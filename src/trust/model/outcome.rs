//! What comes of verifying one piece of evidence.

use super::Reason;
use crate::types::{Digest, Timestamp};

/// Whether it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A signer of the policy made it, for this artifact, and may do so.
    Verified,
    /// It counts for nothing.
    Refused,
}

impl Verdict {
    /// As the database, the API and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Refused => "refused",
        }
    }
}

/// What came of verifying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it counts.
    pub verdict: Verdict,
    /// The signer who made it, as far as that can be told: also of what was refused for another reason.
    pub signer: Option<String>,
    /// Why it was refused; empty when it was verified.
    pub reasons: Vec<Reason>,
    /// SHA-256 of the trusted root or trust store that was needed; none for plain keys.
    pub trusted_root: Option<Digest>,
    /// The highest SLSA level that its builder is good for; of provenance only.
    pub slsa_level: Option<u8>,
    /// When it was signed, where a log or a timestamp authority tells.
    pub signed_at: Option<Timestamp>,
}

impl Outcome {
    /// It counts for nothing, for one reason.
    pub fn refused(reason: Reason) -> Self {
        Self {
            verdict: Verdict::Refused,
            signer: None,
            reasons: vec![reason],
            trusted_root: None,
            slsa_level: None,
            signed_at: None,
        }
    }
}
