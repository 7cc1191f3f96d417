//! What is known once an attestation is read.

use super::provenance::Provenance;
use super::sbom::Sbom;
use super::test_result::TestResult;
use super::verification_summary::VerificationSummary;
use super::vulnerabilities::VulnerabilityReport;

/// What kind of thing an attestation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// How it was built.
    Provenance,
    /// What somebody's policy made of its attestations.
    VerificationSummary,
    /// What it contains.
    Sbom,
    /// Which vulnerabilities it has, or has not.
    Vulnerabilities,
    /// What came of its tests.
    TestResult,
    /// Something that is not read.
    Unknown,
}

impl Family {
    /// As the database and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Provenance => "provenance",
            Self::VerificationSummary => "verification-summary",
            Self::Sbom => "sbom",
            Self::Vulnerabilities => "vulnerabilities",
            Self::TestResult => "test-result",
            Self::Unknown => "unknown",
        }
    }
}

/// What an attestation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// How it was built.
    Provenance(Provenance),
    /// What somebody's policy made of its attestations.
    VerificationSummary(VerificationSummary),
    /// What it contains; a CycloneDX document may tell of vulnerabilities besides.
    Sbom(Sbom, Option<VulnerabilityReport>),
    /// Which vulnerabilities it has, or has not.
    Vulnerabilities(VulnerabilityReport),
    /// What came of its tests.
    TestResult(TestResult),
    /// Of a type that is not read.
    Unknown,
}

impl Facts {
    /// What kind of thing it says.
    pub const fn family(&self) -> Family {
        match self {
            Self::Provenance(_) => Family::Provenance,
            Self::VerificationSummary(_) => Family::VerificationSummary,
            Self::Sbom(..) => Family::Sbom,
            Self::Vulnerabilities(_) => Family::Vulnerabilities,
            Self::TestResult(_) => Family::TestResult,
            Self::Unknown => Family::Unknown,
        }
    }

    /// Whether something was left out, because there was more of it than is read or because it can't be looked up: then what
    /// is not among these facts may still be in the attestation.
    pub const fn is_truncated(&self) -> bool {
        match self {
            Self::Provenance(provenance) => provenance.truncated,
            Self::Sbom(sbom, None) => sbom.truncated,
            Self::Sbom(sbom, Some(report)) => sbom.truncated || report.truncated,
            Self::Vulnerabilities(report) => report.truncated,
            Self::VerificationSummary(_) | Self::TestResult(_) | Self::Unknown => false,
        }
    }
}
