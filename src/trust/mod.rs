//! Whose word counts: trust policies, the formats in which artifacts are signed and attested, and what came of verifying
//! each signature and attestation that a repository holds.
//!
//! Nothing is believed for being there. What was found about an artifact is evidence; a verification says what it is worth
//! under the trust policy that holds, and is done again when that changes.

mod error;
mod model;
pub mod predicates;
mod service;
mod store;

pub use error::TrustError;
pub use model::{
    Evidence, EvidenceKind, Format, Level, Outcome, PolicyDocument, PolicyOwner, PullRule, Reason, Statement,
    Verdict, Wildcard,
};
pub use service::{HeldPolicy, Trust};
