//! Who says a fact, and whether that counts: what all questions for facts have in common.

use entity::{evidence, manifest, repository, verification};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult};
use uuid::Uuid;

use crate::db::DbError;
use crate::trust::model::Verdict;
use crate::trust::store::digest;
use crate::trust::store::evidence::present;
use crate::types::{Digest, EvidenceId, ProjectId, RepoName, RepositoryId};

/// The artifact's manifest, beside that of the attestation.
const ARTIFACT: &str = "artifact";

/// Who says a fact, of which artifact, and whether that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// The evidence.
    pub evidence: EvidenceId,
    /// `attestation` or `document`.
    pub kind: String,
    /// What it says: a URI.
    pub predicate_type: Option<String>,
    /// The manifest that carries it.
    pub carrier: Digest,
    /// In which repository.
    pub repository: RepoName,
    /// The artifact, by SHA-256.
    pub artifact: Digest,
    /// Whether a signer of the policy that holds made it.
    pub is_verified: bool,
    /// That signer.
    pub signer: Option<String>,
    /// Whether it says more than was read.
    pub truncated: bool,
}

/// Where facts are asked for.
#[derive(Debug, Clone)]
pub enum Within {
    /// Of one artifact, by both of its names.
    Artifact(RepositoryId, [Digest; 2]),
    /// In a project: in some of its repositories, or in all.
    Project(ProjectId, Option<Vec<RepositoryId>>),
}

/// A fact's place in a list: that of its evidence, and its own within that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub evidence: EvidenceId,
    pub position: i32,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    kind: String,
    predicate_type: Option<String>,
    carrier: String,
    repository: String,
    artifact: String,
    verification: Option<Uuid>,
    signer: Option<String>,
    truncated: Option<bool>,
}

/// Evidence that is there, of artifacts that are there, with what it is worth under a policy. What was verified under another
/// policy is not verified. Whoever asks must say of which artifacts.
pub(super) fn evidence_present(policy: Option<&Digest>) -> SelectStatement {
    let of = |column| Expr::col((evidence::Entity, column));
    let verified = |column| Expr::col((verification::Entity, column));
    let holds = verified(verification::Column::EvidenceId)
        .eq(of(evidence::Column::Id))
        .and(verified(verification::Column::ValidToUs).is_null())
        .and(verified(verification::Column::Result).eq(Verdict::Verified.as_str()))
        // No policy has an empty digest.
        .and(verified(verification::Column::Policy).eq(policy.map_or("", Digest::as_str)));
    // Each name by its own index: a condition on one or the other would be led by none.
    let names = [manifest::Column::Sha256, manifest::Column::Sha512].map(held_by_name);
    let is_named = Expr::col((ARTIFACT, manifest::Column::Id)).eq(Func::coalesce(names));
    let in_repository =
        Expr::col((repository::Entity, repository::Column::Id)).eq(of(evidence::Column::RepositoryId));
    let mut select = Query::select();
    select
        .column((evidence::Entity, evidence::Column::Id))
        .column((evidence::Entity, evidence::Column::Kind))
        .column((evidence::Entity, evidence::Column::PredicateType))
        .column((evidence::Entity, evidence::Column::Carrier))
        .expr_as(Expr::col((repository::Entity, repository::Column::Name)), "repository")
        .expr_as(Expr::col((ARTIFACT, manifest::Column::Sha256)), "artifact")
        .expr_as(verified(verification::Column::Id), "verification")
        .expr_as(verified(verification::Column::Signer), "signer")
        .expr_as(Expr::col(("attestation", "truncated")), "truncated")
        .from(evidence::Entity)
        .inner_join(repository::Entity, in_repository)
        .join_as(sea_orm::JoinType::InnerJoin, manifest::Entity, ARTIFACT, is_named)
        .left_join(verification::Entity, holds)
        .cond_where(present());
    select
}

/// The manifest that the evidence's repository holds by the name that the evidence says.
fn held_by_name(name: manifest::Column) -> SimpleExpr {
    let of = |column| (manifest::Entity, column);
    let said = |column| Expr::col((evidence::Entity, column));
    let held = Query::select()
        .column(of(manifest::Column::Id))
        .from(manifest::Entity)
        .and_where(Expr::col(of(manifest::Column::RepositoryId)).eq(said(evidence::Column::RepositoryId)))
        .and_where(Expr::col(of(name)).eq(said(evidence::Column::Subject)))
        .and_where(Expr::col(of(manifest::Column::ValidToUs)).is_null())
        .to_owned();
    SimpleExpr::SubQuery(None, Box::new(held.into()))
}

/// Takes what is said of one artifact.
pub(super) fn of_artifact(select: &mut SelectStatement, repository: RepositoryId, names: &[Digest; 2]) {
    let of = |column| Expr::col((evidence::Entity, column));
    select
        .and_where(of(evidence::Column::RepositoryId).eq(repository.uuid()))
        .and_where(of(evidence::Column::Subject).is_in(names.iter().map(Digest::as_str)));
}

/// The rows of a table of facts, of attestations that were read whole, with who says them.
pub(super) fn facts_within(table: &'static str, within: &Within, policy: Option<&Digest>) -> SelectStatement {
    let evidence = || Expr::col((evidence::Entity, evidence::Column::Id));
    let mut select = evidence_present(policy);
    select
        .inner_join(table, Expr::col((table, "evidence_id")).eq(evidence()))
        .inner_join("attestation", Expr::col(("attestation", "evidence_id")).eq(evidence()))
        .and_where(Expr::col(("attestation", "whole")).eq(true));
    match within {
        Within::Artifact(repository, names) => of_artifact(&mut select, *repository, names),
        Within::Project(project, repositories) => {
            // Of the fact, not of the evidence, so that the index of the fact leads.
            select.and_where(Expr::col((table, "project_id")).eq(project.uuid()));
            if let Some(repositories) = repositories {
                let ids = repositories.iter().map(|id| id.uuid());
                select.and_where(Expr::col((evidence::Entity, evidence::Column::RepositoryId)).is_in(ids));
            }
        }
    }
    select
}

/// Takes what lies behind a place, in order.
pub(super) fn behind(select: &mut SelectStatement, table: &'static str, after: Option<Place>) {
    let columns = ["evidence_id", "position"];
    if let Some(after) = after {
        let place: [SimpleExpr; 2] = [Expr::val(after.evidence.uuid()), Expr::val(after.position)];
        let of_row: [SimpleExpr; 2] = columns.map(|column| Expr::col((table, column)));
        select.and_where(Expr::tuple(of_row).gt(Expr::tuple(place)));
    }
    for column in columns {
        select.order_by((table, column), sea_orm::Order::Asc);
    }
}

/// Runs a question.
pub(super) async fn all<T>(
    db: &impl ConnectionTrait,
    select: &SelectStatement,
    of_row: impl Fn(&QueryResult) -> Result<T, DbError>,
) -> Result<Vec<(Attested, T)>, DbError> {
    let rows = db.query_all(select).await?;
    rows.iter().map(|row| Ok((attested(row)?, of_row(row)?))).collect()
}

/// Reads what all rows have in common.
pub(super) fn attested(row: &QueryResult) -> Result<Attested, DbError> {
    let row = Row::from_query_result(row, "")?;
    Ok(Attested {
        evidence: row.id.into(),
        kind: row.kind,
        predicate_type: row.predicate_type,
        carrier: digest(&row.carrier, "evidence.carrier")?,
        repository: row
            .repository
            .parse()
            .map_err(|_| DbError::corrupt("repository.name", &row.repository))?,
        artifact: digest(&row.artifact, "manifest.sha256")?,
        is_verified: row.verification.is_some(),
        signer: row.signer,
        truncated: row.truncated.unwrap_or_default(),
    })
}
