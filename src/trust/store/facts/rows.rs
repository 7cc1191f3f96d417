//! Facts as rows.

use std::ops::Range;

use entity::{
    attestation, component, finding, material, provenance, test_result, verification_summary,
    vulnerability_report,
};
use sea_orm::ActiveValue::Set;

use crate::db::DbError;
use crate::trust::model::Reason;
use crate::trust::predicates::{
    Facts, Family, Finding, Material, Provenance, Severity, TestResult, VerificationSummary, VexStatus,
    VulnerabilityReport, shown,
};
use crate::trust::store::verifications::Place;
use crate::types::{EvidenceId, ProjectId, Timestamp};

fn micros(at: Option<Timestamp>) -> Option<i64> {
    at.map(Timestamp::micros)
}

fn json_of(value: &impl serde::Serialize, what: &'static str) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::corrupt(what, error))
}

/// A count or a place in a list, which no attestation has as many of as an `i32` can count.
fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The row by which it counts, once all others are there.
pub fn attestation(
    evidence: EvidenceId,
    place: &Place<'_>,
    facts: &Facts,
) -> Result<attestation::ActiveModel, DbError> {
    let summary = json_of(&facts.summary(), "attestation.summary")?;
    Ok(attestation::ActiveModel {
        whole: Set(false),
        truncated: Set(facts.is_truncated()),
        problem: Set(None),
        summary: Set(summary),
        ..of_place(evidence, place, facts.family())
    })
}

/// The row of what can't be read.
pub fn unread(evidence: EvidenceId, place: &Place<'_>, reason: &Reason) -> attestation::ActiveModel {
    attestation::ActiveModel {
        whole: Set(true),
        truncated: Set(false),
        problem: Set(Some(shown(&reason.to_string()))),
        summary: Set("{}".to_owned()),
        ..of_place(evidence, place, Family::Unknown)
    }
}

fn of_place(evidence: EvidenceId, place: &Place<'_>, family: Family) -> attestation::ActiveModel {
    attestation::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        project_id: Set(place.project.uuid()),
        repository_id: Set(place.repository.uuid()),
        subject: Set(place.subject.to_string()),
        family: Set(family.as_str().to_owned()),
        ..attestation::ActiveModel::default()
    }
}

pub fn provenance(evidence: EvidenceId, project: ProjectId, told: &Provenance) -> provenance::ActiveModel {
    provenance::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        project_id: Set(project.uuid()),
        builder: Set(told.builder.clone()),
        build_type: Set(told.build_type.clone()),
        source: Set(told.source.clone()),
        source_ref: Set(told.source_ref.clone()),
        source_commit: Set(told.commit.clone()),
        invocation: Set(told.invocation.clone()),
        started_at_us: Set(micros(told.started_at)),
        finished_at_us: Set(micros(told.finished_at)),
    }
}

pub fn verification_summary(
    evidence: EvidenceId,
    project: ProjectId,
    told: &VerificationSummary,
) -> Result<verification_summary::ActiveModel, DbError> {
    Ok(verification_summary::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        project_id: Set(project.uuid()),
        verifier: Set(told.verifier.clone()),
        resource: Set(told.resource.clone()),
        policy: Set(told.policy.clone()),
        policy_digest: Set(told.policy_digest.clone()),
        passed: Set(told.passed),
        levels: Set(json_of(&told.levels, "verification_summary.levels")?),
        verified_at_us: Set(micros(told.verified_at)),
    })
}

pub fn test_result(
    evidence: EvidenceId,
    project: ProjectId,
    told: &TestResult,
) -> Result<test_result::ActiveModel, DbError> {
    Ok(test_result::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        project_id: Set(project.uuid()),
        result: Set(told.result.to_owned()),
        url: Set(told.url.clone()),
        configuration: Set(json_of(&told.configuration, "test_result.configuration")?),
        passed: Set(told.passed.cast_signed()),
        warned: Set(told.warned.cast_signed()),
        failed: Set(told.failed.cast_signed()),
    })
}

pub fn report(
    evidence: EvidenceId,
    project: ProjectId,
    told: &VulnerabilityReport,
) -> vulnerability_report::ActiveModel {
    let count = |severity| Set(number(told.count(severity)));
    vulnerability_report::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        project_id: Set(project.uuid()),
        format: Set(told.format.to_owned()),
        scanner: Set(told.scanner.clone()),
        scanner_version: Set(told.scanner_version.clone()),
        database_updated_at_us: Set(micros(told.database_updated_at)),
        scanned_at_us: Set(micros(told.scanned_at)),
        critical: count(Severity::Critical),
        high: count(Severity::High),
        medium: count(Severity::Medium),
        low: count(Severity::Low),
        negligible: count(Severity::Negligible),
        unknown: count(Severity::Unknown),
    }
}

/// How many rows the table takes that gets most.
pub fn longest(facts: &Facts) -> usize {
    let (materials, findings) = (materials_of(facts).len(), findings_of(facts).len());
    let components = if let Facts::Sbom(sbom, _) = facts { sbom.components.len() } else { 0 };
    materials.max(findings).max(components)
}

/// The items in a range, with their places.
fn within<T>(items: &[T], piece: Range<usize>) -> impl Iterator<Item = (i32, &T)> {
    items.iter().enumerate().skip(piece.start).take(piece.len()).map(|(at, item)| (number(at), item))
}

fn materials_of(facts: &Facts) -> &[Material] {
    if let Facts::Provenance(told) = facts { &told.materials } else { &[] }
}

fn findings_of(facts: &Facts) -> &[Finding] {
    match facts {
        Facts::Sbom(_, Some(told)) | Facts::Vulnerabilities(told) => &told.findings,
        _ => &[],
    }
}

pub fn materials(
    evidence: EvidenceId,
    project: ProjectId,
    facts: &Facts,
    piece: Range<usize>,
) -> Vec<material::ActiveModel> {
    let row = |(position, told): (i32, &Material)| material::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        position: Set(position),
        project_id: Set(project.uuid()),
        uri: Set(told.uri.clone()),
        digest: Set(told.digest.clone()),
    };
    within(materials_of(facts), piece).map(row).collect()
}

pub fn components(
    evidence: EvidenceId,
    project: ProjectId,
    facts: &Facts,
    piece: Range<usize>,
) -> Vec<component::ActiveModel> {
    let Facts::Sbom(sbom, _) = facts else { return Vec::new() };
    within(&sbom.components, piece)
        .map(|(position, told)| component::ActiveModel {
            evidence_id: Set(evidence.uuid()),
            position: Set(position),
            project_id: Set(project.uuid()),
            package: Set(told.package.clone()),
            version: Set(told.version.clone()),
            name: Set(told.name.clone()),
            purl: Set(told.purl.clone()),
        })
        .collect()
}

pub fn findings(
    evidence: EvidenceId,
    project: ProjectId,
    facts: &Facts,
    piece: Range<usize>,
) -> Vec<finding::ActiveModel> {
    let row = |(position, told): (i32, &Finding)| finding::ActiveModel {
        evidence_id: Set(evidence.uuid()),
        position: Set(position),
        project_id: Set(project.uuid()),
        vulnerability: Set(told.vulnerability.clone()),
        alias_of: Set(told.alias_of.clone()),
        package: Set(told.package.clone()),
        version: Set(told.version.clone()),
        component: Set(told.component.clone()),
        severity: Set(told.severity.as_str().to_owned()),
        status: Set(told.status.map(|status| VexStatus::as_str(status).to_owned())),
        justification: Set(told.justification.clone()),
        fixed_in: Set(told.fixed_in.clone()),
    };
    within(findings_of(facts), piece).map(row).collect()
}
