//! What formats and predicates need of trust's model.

#[path = "../../../src/trust/model/dsse.rs"]
mod dsse;
#[path = "../../../src/trust/model/evidence.rs"]
mod evidence;
#[path = "../../../src/trust/model/json.rs"]
mod json;
#[path = "../../../src/trust/model/known.rs"]
mod known;
#[path = "../../../src/trust/model/outcome.rs"]
mod outcome;
#[path = "../../../src/trust/model/policy.rs"]
mod policy;
#[path = "../../../src/trust/model/policy_error.rs"]
mod policy_error;
#[path = "../../../src/trust/model/reason.rs"]
mod reason;
#[path = "../../../src/trust/model/statement.rs"]
mod statement;
#[path = "../../../src/trust/model/wildcard.rs"]
mod wildcard;

pub use dsse::{Envelope, IN_TOTO, pae};
pub use evidence::{Evidence, EvidenceKind, Format};
pub use json::{JsonError, read as read_json};
pub use known::{KnownAttestation, KnownEvidence, KnownFinding, KnownProvenance, KnownReport, Says};
pub use outcome::{Outcome, Verdict};
pub use policy::{
    BuilderRule, Level, LogRule, PolicyDocument, PullRule, Revocation, SignedBy, SignerDocument, SignerName,
    SignerScope,
};
pub use policy_error::PolicyError;
pub use reason::Reason;
pub use statement::Statement;
pub use wildcard::Wildcard;
