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
pub use asked::Asked;
pub use rule::{Gate, GateRule, Mode};
pub use separation::Separation;
pub use span::check_hours;
pub use standing::{freeze, quarantine, start};
pub use upstream::{Basis, upstream};
