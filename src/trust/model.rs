//! Evidence, trust policies, and what comes of holding one against the other.

mod dsse;
mod evidence;
mod json;
mod outcome;
mod policy;
mod policy_error;
mod reason;
mod statement;
mod wildcard;

pub use dsse::{Envelope, IN_TOTO, pae};
pub use evidence::{Evidence, EvidenceKind, Format};
pub use json::{JsonError, read as read_json};
pub use outcome::{Outcome, Verdict};
pub use policy::{
    BuilderRule, Level, LogRule, PolicyDocument, PullRule, Revocation, SignedBy, SignerDocument, SignerName,
    SignerScope,
};
pub use policy_error::PolicyError;
pub use reason::Reason;
pub use statement::Statement;
pub use wildcard::Wildcard;
