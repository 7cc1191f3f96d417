//! What attestations and documents say of one artifact, in as few questions as it takes.

use entity::vulnerability_report as report;
use entity::{attestation, evidence, finding, manifest, provenance, test_result, verification};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DerivePartialModel, EntityTrait, FromQueryResult, Order, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::digest;
use super::evidence::present;
use crate::db::DbError;
use crate::trust::model::{
    EvidenceKind, KeptFinding, KnownProvenance, KnownReport, Read, Said, Verdict, Worth,
};
use crate::trust::predicates::{Family, Severity, VexStatus};
use crate::types::{Digest, EvidenceId, RepositoryId, Timestamp};

/// Columns of seven tables, those of the last six where there is a row.
#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    carrier: String,
    kind: String,
    predicate_type: Option<String>,
    tag: String,
    seen_at_us: i64,
    pushed_by: Option<Uuid>,
    verdict: Option<String>,
    signer: Option<String>,
    slsa_level: Option<i32>,
    signed_at_us: Option<i64>,
    family: Option<String>,
    whole: Option<bool>,
    truncated: Option<bool>,
    problem: Option<String>,
    builder: Option<String>,
    source: Option<String>,
    source_commit: Option<String>,
    scanner: Option<String>,
    database_updated_at_us: Option<i64>,
    scanned_at_us: Option<i64>,
    findings: Option<i32>,
    tests: Option<String>,
    failed: Option<i64>,
}

/// At most `limit` attestations and documents of an artifact, with what each is worth under a policy and what it says once.
/// First come those that count, and of both the newest.
pub async fn said_of(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &[Digest; 2],
    policy: Option<&Digest>,
    limit: u64,
) -> Result<Vec<Said>, DbError> {
    let of = |column| Expr::col((evidence::Entity, column));
    let verified = |column| Expr::col((verification::Entity, column));
    let is_held = Expr::col((manifest::Entity, manifest::Column::Id)).eq(of(evidence::Column::ManifestId));
    let holds = verified(verification::Column::EvidenceId)
        .eq(of(evidence::Column::Id))
        .and(verified(verification::Column::ValidToUs).is_null())
        // No policy has an empty digest.
        .and(verified(verification::Column::Policy).eq(policy.map_or("", Digest::as_str)));
    let counts = verified(verification::Column::Result).eq(Verdict::Verified.as_str());
    let says = [EvidenceKind::Attestation, EvidenceKind::Document].map(EvidenceKind::as_str);
    let mut select = Query::select();
    columns(&mut select);
    select
        .from(evidence::Entity)
        .inner_join(manifest::Entity, is_held)
        .left_join(verification::Entity, holds)
        .left_join(attestation::Entity, attestation_of(attestation::Column::EvidenceId))
        .left_join(provenance::Entity, attestation_of(provenance::Column::EvidenceId))
        .left_join(report::Entity, attestation_of(report::Column::EvidenceId))
        .left_join(test_result::Entity, attestation_of(test_result::Column::EvidenceId))
        .and_where(of(evidence::Column::RepositoryId).eq(repository.uuid()))
        .and_where(of(evidence::Column::Subject).is_in(names.iter().map(Digest::as_str)))
        .and_where(of(evidence::Column::Kind).is_in(says))
        .cond_where(present())
        .order_by_expr(Expr::case(counts, 0).finally(1).into(), Order::Asc)
        .order_by((evidence::Entity, evidence::Column::SeenAtUs), Order::Desc)
        .order_by((evidence::Entity, evidence::Column::Id), Order::Desc)
        .limit(limit);
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| said(Row::from_query_result(row, "")?)).collect()
}

/// That a row is of the evidence.
fn attestation_of<C: ColumnTrait>(column: C) -> Expr {
    column.into_expr().eq(Expr::col((evidence::Entity, evidence::Column::Id)))
}

fn columns(select: &mut SelectStatement) {
    use evidence::Column::{Carrier, Id, Kind, PredicateType, SeenAtUs, Tag};
    use report::Column::{Critical, High, Low, Medium, Negligible, Unknown};

    let severities = [High, Medium, Low, Negligible, Unknown];
    let findings = severities.into_iter().fold(Critical.into_expr(), |sum, more| sum.add(more.into_expr()));
    select
        .columns([Id, Carrier, Kind, PredicateType, Tag, SeenAtUs].map(|column| (evidence::Entity, column)))
        .column((manifest::Entity, manifest::Column::PushedBy))
        .expr_as(verification::Column::Result.into_expr(), "verdict")
        .expr_as(verification::Column::Signer.into_expr(), "signer")
        .expr_as(verification::Column::SlsaLevel.into_expr(), "slsa_level")
        .expr_as(verification::Column::SignedAtUs.into_expr(), "signed_at_us")
        .expr_as(attestation::Column::Family.into_expr(), "family")
        .expr_as(attestation::Column::Whole.into_expr(), "whole")
        .expr_as(attestation::Column::Truncated.into_expr(), "truncated")
        .expr_as(attestation::Column::Problem.into_expr(), "problem")
        .expr_as(provenance::Column::Builder.into_expr(), "builder")
        .expr_as(provenance::Column::Source.into_expr(), "source")
        .expr_as(provenance::Column::SourceCommit.into_expr(), "source_commit")
        .expr_as(report::Column::Scanner.into_expr(), "scanner")
        .expr_as(report::Column::DatabaseUpdatedAtUs.into_expr(), "database_updated_at_us")
        .expr_as(report::Column::ScannedAtUs.into_expr(), "scanned_at_us")
        .expr_as(findings, "findings")
        .expr_as(test_result::Column::Result.into_expr(), "tests")
        .expr_as(test_result::Column::Failed.into_expr(), "failed");
}

fn said(row: Row) -> Result<Said, DbError> {
    let kind = EvidenceKind::ALL.into_iter().find(|kind| kind.as_str() == row.kind);
    let kind = kind.ok_or_else(|| DbError::corrupt("evidence.kind", &row.kind))?;
    let level = row.slsa_level.map(u8::try_from).transpose();
    let level = level.map_err(|error| DbError::corrupt("verification.slsa_level", error))?;
    let worth = row.verdict.map(|verdict| Worth {
        is_verified: verdict == Verdict::Verified.as_str(),
        signer: row.signer,
        slsa_level: level,
        signed_at: row.signed_at_us.map(Timestamp::from_micros),
    });
    let (source, commit) = (row.source, row.source_commit);
    let report = KnownReport {
        scanner: row.scanner,
        database_updated_at: row.database_updated_at_us.map(Timestamp::from_micros),
        scanned_at: row.scanned_at_us.map(Timestamp::from_micros),
        findings: Vec::new(),
    };
    let count = row.findings.map(usize::try_from).transpose();
    let count = count.map_err(|error| DbError::corrupt("vulnerability_report: counts", error))?;
    let (problem, truncated) = (row.problem, row.truncated.unwrap_or_default());
    let (tests, failed) = (row.tests, row.failed.unwrap_or_default());
    let builder = row.builder;
    let read = row.whole.map(|is_whole| Read {
        is_whole,
        is_truncated: truncated,
        problem,
        provenance: builder.map(|builder| KnownProvenance { builder, source, commit }),
        report: count.map(|count| (report, count)),
        tests: tests.map(|result| (result, failed)),
        is_sbom: row.family.as_deref() == Some(Family::Sbom.as_str()),
    });
    Ok(Said {
        evidence: row.id.into(),
        carrier: digest(&row.carrier, "evidence.carrier")?,
        kind,
        predicate_type: row.predicate_type,
        seen_at: Timestamp::from_micros(row.seen_at_us),
        // By a tag somebody else may have it speak of another.
        is_own: row.pushed_by.is_none() && row.tag.is_empty(),
        worth,
        read,
    })
}

#[derive(DerivePartialModel)]
#[sea_orm(entity = "finding::Entity")]
struct FindingRow {
    evidence_id: Uuid,
    vulnerability: String,
    alias_of: Option<String>,
    package: Option<String>,
    severity: String,
    status: Option<String>,
    fixed_in: Option<String>,
}

/// At most `limit` findings of these pieces of evidence, each piece's in the order of its report; aliases are among them.
pub async fn findings_of(
    db: &impl ConnectionTrait,
    evidence: &[EvidenceId],
    limit: u64,
) -> Result<Vec<(EvidenceId, KeptFinding)>, DbError> {
    let rows = finding::Entity::find()
        .filter(finding::Column::EvidenceId.is_in(evidence.iter().map(|id| id.uuid())))
        .order_by_asc(finding::Column::EvidenceId)
        .order_by_asc(finding::Column::Position)
        .limit(limit)
        .into_partial_model::<FindingRow>()
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok((row.evidence_id.into(), kept(row)?))).collect()
}

fn kept(row: FindingRow) -> Result<KeptFinding, DbError> {
    let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == row.severity);
    let status = match row.status {
        None => None,
        Some(text) => Some(VexStatus::parse(&text).ok_or_else(|| DbError::corrupt("finding.status", &text))?),
    };
    Ok(KeptFinding {
        vulnerability: row.vulnerability,
        alias_of: row.alias_of,
        package: row.package,
        severity: severity.ok_or_else(|| DbError::corrupt("finding.severity", &row.severity))?,
        status,
        fixed_in: row.fixed_in,
    })
}
