//! All that is known of an artifact, each piece with what it is worth: what gates are asked about.

use crate::trust::predicates::{Severity, VexStatus};
use crate::types::{Digest, EvidenceId, Timestamp};

/// What is known of an artifact under the trust policy that holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownEvidence {
    /// The digest of the policy; none when nobody set one, and then nothing is verified.
    pub policy: Option<Digest>,
    /// The signers of the policy that signed the artifact, or an index that lists it.
    pub signers: Vec<String>,
    /// Attestations and documents that speak of it: first those that count, of these and the others the newest. What says two
    /// things, as an SBOM with findings, is there once for each.
    pub attestations: Vec<KnownAttestation>,
    /// Whether some of what speaks of it was not looked at, verified or read to its end yet.
    pub is_pending: bool,
    /// Whether more speaks of it than is told here.
    pub is_truncated: bool,
}

/// An attestation or document that speaks of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAttestation {
    /// The evidence.
    pub evidence: EvidenceId,
    /// The manifest that carries it.
    pub carrier: Digest,
    /// What it says: a URI.
    pub predicate_type: Option<String>,
    /// Whether a signer of the policy that holds made it.
    pub is_verified: bool,
    /// That signer.
    pub signer: Option<String>,
    /// The highest SLSA level that its builder is good for, by the policy.
    pub slsa_level: Option<u8>,
    /// When it was signed, where that can be told.
    pub signed_at: Option<Timestamp>,
    /// When it was first seen here.
    pub seen_at: Timestamp,
    /// Whether it says more than is told here.
    pub is_truncated: bool,
    /// What it says.
    pub says: Says,
}

/// What an attestation says, as far as gates ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// How the artifact was built.
    Provenance(KnownProvenance),
    /// Which vulnerabilities it has, or has not.
    Vulnerabilities(KnownReport),
    /// What came of its tests.
    Tests {
        /// `passed`, `warned` or `failed`.
        result: String,
        /// Tests that failed.
        failed: i64,
    },
    /// What it contains.
    Sbom,
    /// Anything else.
    Other,
    /// It can't be read, for this reason.
    Unread(String),
}

/// How an artifact was built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownProvenance {
    /// The builder's id.
    pub builder: String,
    /// The source repository.
    pub source: Option<String>,
    /// The commit that was built.
    pub commit: Option<String>,
}

/// Which vulnerabilities a scanner found, or what the author of a VEX says of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownReport {
    /// Who found it.
    pub scanner: Option<String>,
    /// When the scanner's database was brought up to date.
    pub database_updated_at: Option<Timestamp>,
    /// When it was scanned, or said.
    pub scanned_at: Option<Timestamp>,
    /// What was found.
    pub findings: Vec<KnownFinding>,
}

/// A vulnerability that was found, or about which a VEX says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFinding {
    /// Its id.
    pub vulnerability: String,
    /// Other ids of the same.
    pub aliases: Vec<String>,
    /// The component's package URL without version.
    pub package: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What a VEX says of it.
    pub status: Option<VexStatus>,
    /// The version without it.
    pub fixed_in: Option<String>,
}
