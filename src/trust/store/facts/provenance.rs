//! How artifacts were built.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ConnectionTrait, FromQueryResult, Order};

use super::attested::{Attested, Within, all, facts_within};
use crate::db::DbError;
use crate::types::{Digest, EvidenceId};

const TABLE: &str = "provenance";

/// How an artifact was built.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct ProvenanceFact {
    /// The builder's id.
    pub builder: String,
    /// How builds of this kind are described.
    pub build_type: String,
    /// The source repository.
    pub source: Option<String>,
    /// The branch or tag in it.
    pub source_ref: Option<String>,
    /// The commit that was built.
    pub source_commit: Option<String>,
    /// Which build it was.
    pub invocation: Option<String>,
    /// When the build started.
    pub started_at_us: Option<i64>,
    /// When it ended.
    pub finished_at_us: Option<i64>,
}

/// Which provenance to list.
#[derive(Debug, Clone)]
pub struct ProvenanceQuery {
    /// Where.
    pub within: Within,
    /// Of one commit.
    pub commit: Option<String>,
    /// Of one source repository.
    pub source: Option<String>,
    /// By one builder.
    pub builder: Option<String>,
    /// Only that of evidence behind this.
    pub after: Option<EvidenceId>,
    /// At most so many.
    pub limit: u64,
}

/// Provenance, in the order of the evidence.
pub async fn provenance(
    db: &impl ConnectionTrait,
    policy: Option<&Digest>,
    query: &ProvenanceQuery,
) -> Result<Vec<(Attested, ProvenanceFact)>, DbError> {
    let of = |column| Expr::col((TABLE, column));
    let mut select = facts_within(TABLE, &query.within, policy);
    select.columns(
        [
            "builder",
            "build_type",
            "source",
            "source_ref",
            "source_commit",
            "invocation",
            "started_at_us",
            "finished_at_us",
        ]
        .map(|column| (TABLE, column)),
    );
    let asked = [("source_commit", &query.commit), ("source", &query.source), ("builder", &query.builder)];
    for (column, wanted) in asked {
        if let Some(wanted) = wanted {
            select.and_where(of(column).eq(wanted.as_str()));
        }
    }
    if let Some(after) = query.after {
        select.and_where(of("evidence_id").gt(after.uuid()));
    }
    select.order_by((TABLE, "evidence_id"), Order::Asc);
    all(db, select.limit(query.limit), |row| Ok(ProvenanceFact::from_query_result(row, "")?)).await
}
