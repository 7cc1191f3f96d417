//! The pure part of trust: its model, its formats, and what attestations say.

#[path = "../../src/trust/formats/mod.rs"]
pub mod formats;
pub mod model;
#[path = "../../src/trust/predicates/mod.rs"]
pub mod predicates;
pub mod signing;

pub use model::{
    JsonError, KnownAttestation, KnownEvidence, KnownFinding, KnownProvenance, KnownReport, Says, Wildcard,
    read_json,
};
pub use predicates::{Severity, VexStatus};
