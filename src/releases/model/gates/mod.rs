//! Gates: each type with its parameters, what it makes of what is known, and its tests.
//!
//! A gate answers for what it is asked about and changes nothing. What it can't tell does not pass.

mod answer;
mod approvals;
mod asked;
mod attestation;
mod known;
mod provenance;
mod rule;
mod separation;
mod signature;
mod soak;
mod span;
mod standing;
mod tests_passed;
mod ticket;
mod upstream;
mod vulnerabilities;
mod when;
mod windows;

#[cfg(test)]
pub mod given;

pub use answer::Answer;
pub use approvals::{ApprovalsRule, Group};
pub use asked::Asked;
pub use attestation::{AttestationRule, PredicateType};
pub use provenance::ProvenanceRule;
pub use rule::{Gate, GateRule, Mode};
pub use separation::Separation;
pub use signature::SignatureRule;
pub use soak::SoakRule;
pub use span::check_hours;
pub use standing::{freeze, quarantine, start};
pub use tests_passed::TestsRule;
pub use ticket::{TicketPattern, TicketRule};
pub use upstream::{Basis, upstream};
pub use vulnerabilities::{Limits, SeverityName, VulnerabilitiesRule};
pub use when::{Risk, When};
pub use windows::WindowsRule;
