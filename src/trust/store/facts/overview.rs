//! What is said of an artifact, in short.

use entity::{attestation, evidence};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ConnectionTrait, FromQueryResult, Order};

use super::attested::{Attested, all, evidence_present, of_artifact};
use crate::db::DbError;
use crate::trust::model::EvidenceKind;
use crate::types::{Digest, EvidenceId, RepositoryId};

/// How far an attestation was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It says this, in short: a JSON object.
    Read(serde_json::Value),
    /// It was not looked at yet, or is being read.
    Reading,
    /// It can't be read, for this reason.
    Unread(String),
}

/// An attestation or document, in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// What kind of thing it says.
    pub family: Option<String>,
    /// How far it was read.
    pub state: State,
}

#[derive(FromQueryResult)]
struct Row {
    family: Option<String>,
    whole: Option<bool>,
    problem: Option<String>,
    summary: Option<String>,
}

/// The attestations and documents of an artifact, of one predicate type or all, behind `after`. Those of unknown types are
/// among them.
pub async fn overview(
    db: &impl ConnectionTrait,
    policy: Option<&Digest>,
    repository: RepositoryId,
    names: &[Digest; 2],
    predicate_type: Option<&str>,
    after: Option<EvidenceId>,
    limit: u64,
) -> Result<Vec<(Attested, Overview)>, DbError> {
    use attestation::{Column, Entity};

    let of = |column| Expr::col((evidence::Entity, column));
    let mut select = evidence_present(policy);
    of_artifact(&mut select, repository, names);
    let says = [EvidenceKind::Attestation, EvidenceKind::Document].map(EvidenceKind::as_str);
    select
        .columns([Column::Family, Column::Whole, Column::Problem, Column::Summary].map(|c| (Entity, c)))
        .left_join(Entity, Expr::col((Entity, Column::EvidenceId)).eq(of(evidence::Column::Id)))
        .and_where(of(evidence::Column::Kind).is_in(says));
    if let Some(predicate_type) = predicate_type {
        select.and_where(of(evidence::Column::PredicateType).eq(predicate_type));
    }
    if let Some(after) = after {
        select.and_where(of(evidence::Column::Id).gt(after.uuid()));
    }
    select.order_by((evidence::Entity, evidence::Column::Id), Order::Asc).limit(limit);
    all(db, &select, |row| of_row(Row::from_query_result(row, "")?)).await
}

fn of_row(row: Row) -> Result<Overview, DbError> {
    let state = match (row.whole, row.problem, row.summary) {
        (_, Some(problem), _) => State::Unread(problem),
        (Some(true), None, Some(summary)) => {
            let read = serde_json::from_str(&summary);
            State::Read(read.map_err(|error| DbError::corrupt("attestation.summary", error))?)
        }
        _ => State::Reading,
    };
    Ok(Overview { family: row.family, state })
}
