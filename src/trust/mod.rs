//! Whose word counts: trust policies, the formats in which artifacts are signed and attested, and what came of verifying
//! each signature and attestation that a repository holds.
//!
//! Nothing is believed for being there. What was found about an artifact is evidence; a verification says what it is worth
//! under the trust policy that holds, and is done again when that changes.

mod api;
mod error;
mod formats;
mod model;
mod predicates;
mod service;
pub mod signing;
mod store;
#[cfg(test)]
mod tests;

pub use api::configure;
pub use error::TrustError;
pub use formats::{About, SignedContent, VERIFIER, Verifier, recognise};
pub use model::{
    BuilderRule, Envelope, Evidence, EvidenceKind, Format, IN_TOTO, JsonError, KnownAttestation,
    KnownEvidence, KnownFinding, KnownProvenance, KnownReport, Layer, Level, LogRule, MAX_CONTENT,
    MAX_LAYERS, Outcome, PolicyDocument, PolicyError, PolicyOwner, PullRule, Reason, Revocation, Says,
    SignedBy, SignerDocument, SignerName, SignerScope, Statement, Verdict, Wildcard, pae, read_json,
    read_policy, single_file,
};
pub use predicates::{Severity, VexStatus};
pub use service::{
    Attested, CatchUp, HeldPolicy, InspectEvidence, POLICY_CHANGED, PolicyChanged, Report, RotateSummaryKey,
    Told, Trust, VERIFICATION_CHANGED, VerificationChanged, VerifyAgain, replay,
};
