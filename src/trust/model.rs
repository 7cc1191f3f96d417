//! Evidence, trust policies, and what comes of holding one against the other.

mod beside;
mod carrier;
mod dsse;
mod evidence;
mod json;
mod known;
mod outcome;
mod policy;
mod policy_error;
mod read_policy;
mod reason;
mod revision;
mod revoke;
mod said;
mod statement;
mod wildcard;

pub use beside::{Beside, Content, beside, is_archive, is_text};
pub use carrier::{Layer, MAX_CONTENT, MAX_LAYERS, evidence_id, layers, single_file};
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
pub use read_policy::read_policy;
pub use reason::Reason;
pub use revision::{POLICY_LIMIT, PolicyOwner, PolicyRevision, policy_object};
pub use revoke::{RevokeError, revoke};
pub use said::{KeptFinding, Read, Said, Worth};
pub use statement::Statement;
pub use wildcard::Wildcard;
