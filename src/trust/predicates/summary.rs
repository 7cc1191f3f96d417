//! What an attestation says, in short: what lists show of it.

use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::provenance::Provenance;
use super::sbom::Sbom;
use super::test_result::TestResult;
use super::verification_summary::VerificationSummary;
use super::vulnerabilities::{Severity, VulnerabilityReport};

impl Facts {
    /// An object of what it says, in short; empty where it is not read. What is not told is left out.
    pub fn summary(&self) -> Value {
        let mut told = match self {
            Self::Provenance(provenance) => of_provenance(provenance),
            Self::VerificationSummary(summary) => of_verification(summary),
            Self::Sbom(sbom, report) => of_sbom(sbom, report.as_ref()),
            Self::Vulnerabilities(report) => of_report(report),
            Self::TestResult(result) => of_tests(result),
            Self::Unknown => json!({}),
        };
        if let Value::Object(told) = &mut told {
            told.retain(|_, value| !value.is_null());
        }
        told
    }
}

fn of_provenance(told: &Provenance) -> Value {
    json!({
        "builder": told.builder,
        "build_type": told.build_type,
        "source": told.source,
        "ref": told.source_ref,
        "commit": told.commit,
        "invocation": told.invocation,
        "started_at": told.started_at.map(|at| at.to_rfc3339()),
        "finished_at": told.finished_at.map(|at| at.to_rfc3339()),
        "materials": told.materials.len(),
    })
}

fn of_verification(told: &VerificationSummary) -> Value {
    json!({
        "verifier": told.verifier,
        "resource": told.resource,
        "policy": told.policy,
        "policy_digest": told.policy_digest,
        "result": if told.passed { "passed" } else { "failed" },
        "levels": told.levels,
        "verified_at": told.verified_at.map(|at| at.to_rfc3339()),
    })
}

fn of_sbom(told: &Sbom, report: Option<&VulnerabilityReport>) -> Value {
    json!({
        "format": told.format,
        "name": told.name,
        "created_at": told.created_at.map(|at| at.to_rfc3339()),
        "components": told.components.len(),
        "vulnerabilities": report.map(of_report),
    })
}

fn of_report(told: &VulnerabilityReport) -> Value {
    let severities: Map<String, Value> = Severity::ALL
        .into_iter()
        .map(|severity| (severity.as_str().to_owned(), told.count(severity).into()))
        .collect();
    json!({
        "format": told.format,
        "scanner": told.scanner,
        "scanner_version": told.scanner_version,
        "database_updated_at": told.database_updated_at.map(|at| at.to_rfc3339()),
        "scanned_at": told.scanned_at.map(|at| at.to_rfc3339()),
        "findings": severities,
    })
}

fn of_tests(told: &TestResult) -> Value {
    json!({
        "result": told.result,
        "url": told.url,
        "configuration": told.configuration,
        "passed": told.passed,
        "warned": told.warned,
        "failed": told.failed,
    })
}
