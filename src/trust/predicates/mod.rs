//! What attestations and documents say, read into facts that can be asked for. Nothing of it is believed here: whether an
//! attestation counts is said by its verification.
//!
//! All of it comes from outside. Lists are read up to a limit and say so when they were longer; texts to look up by are
//! taken whole or not at all, since a part of one would name something else; texts to be shown are cut.

mod cosign_vulns;
mod cyclonedx;
mod document;
mod facts;
mod in_toto_vulns;
mod list;
mod openvex;
mod provenance;
mod provenance_v0_2;
mod purl;
mod sarif;
mod sbom;
mod scan_results;
mod source;
mod spdx2;
mod spdx3;
mod summary;
mod test_result;
#[cfg(test)]
mod tests;
mod text;
mod verification_summary;
mod vulnerabilities;

pub use document::document_type;
pub use facts::{Facts, Family};
pub use provenance::{Material, Provenance};
pub use purl::Purl;
pub use source::{commit, repository};
pub use test_result::TestResult;
pub use text::{key, shown};
pub use verification_summary::VerificationSummary;
pub use vulnerabilities::{Finding, Severity, VexStatus, VulnerabilityReport, vulnerability_id};

use super::model::{Reason, Statement};

/// Reads what a statement says. A statement of an unknown type is [`Facts::Unknown`]: it is kept and listed, not refused.
///
/// # Errors
/// `Malformed` and `DuplicateKey`, when it is not of the form that its type says.
pub fn of_statement(statement: &Statement) -> Result<Facts, Reason> {
    let predicate = statement.predicate.as_ref().map_or("null", |predicate| predicate.get());
    of_document(&statement.predicate_type, predicate.as_bytes())
}

/// Reads what a document says that nobody signed.
///
/// # Errors
/// As [`of_statement`].
pub fn of_document(predicate_type: &str, bytes: &[u8]) -> Result<Facts, Reason> {
    match document::reader(predicate_type) {
        Some(read) => read(bytes),
        None => Ok(Facts::Unknown),
    }
}
