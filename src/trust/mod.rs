//! Whose word counts: trust policies, the formats in which artifacts are signed and attested, and what came of verifying
//! each signature and attestation that a repository holds.
//!
//! Nothing is believed for being there. What was found about an artifact is evidence; a verification says what it is worth
//! under the trust policy that holds, and is done again when that changes.

mod formats;
mod model;
pub mod signing;

pub use formats::{About, SignedContent, VERIFIER, Verifier, recognise};
pub use model::{
    BuilderRule, Evidence, EvidenceKind, Format, Level, LogRule, Outcome, PolicyDocument, PolicyError,
    PullRule, Reason, SignedBy, SignerDocument, SignerScope, Statement, Verdict, Wildcard, read_json,
};
