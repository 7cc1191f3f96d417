//! Vulnerabilities of artifacts.

use entity::vulnerability_report;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::attested::{Attested, Place, Within, all, behind, facts_within};
use crate::db::DbError;
use crate::types::Digest;

const TABLE: &str = "finding";

/// A vulnerability of an artifact, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct FindingFact {
    /// Its place in what says so.
    pub position: i32,
    /// Its id.
    pub vulnerability: String,
    /// The id that the report uses, where this is another.
    pub alias_of: Option<String>,
    /// The component's package URL without version.
    pub package: Option<String>,
    /// The component's version; empty where none is told.
    pub version: String,
    /// What the component is called.
    pub component: Option<String>,
    /// How bad it is.
    pub severity: String,
    /// What a VEX says of it.
    pub status: Option<String>,
    /// Why that status.
    pub justification: Option<String>,
    /// The version without it.
    pub fixed_in: Option<String>,
    /// Who found it.
    pub scanner: Option<String>,
    /// When the scanner's database was brought up to date.
    pub database_updated_at_us: Option<i64>,
    /// When it was scanned, or said.
    pub scanned_at_us: Option<i64>,
}

/// Which vulnerabilities to list.
#[derive(Debug, Clone)]
pub struct FindingQuery {
    /// Where.
    pub within: Within,
    /// By one id, be it an alias; all otherwise, each by its own id.
    pub vulnerability: Option<String>,
    /// Only those behind this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: u64,
}

/// Vulnerabilities, in the order of the evidence and of the reports.
pub async fn findings(
    db: &impl ConnectionTrait,
    policy: Option<&Digest>,
    query: &FindingQuery,
) -> Result<Vec<(Attested, FindingFact)>, DbError> {
    use vulnerability_report::{Column, Entity};

    let of = |column| Expr::col((TABLE, column));
    let mut select = facts_within(TABLE, &query.within, policy);
    select
        .columns(
            [
                "position",
                "vulnerability",
                "alias_of",
                "package",
                "version",
                "component",
                "severity",
                "status",
                "justification",
                "fixed_in",
            ]
            .map(|column| (TABLE, column)),
        )
        .columns([Column::Scanner, Column::DatabaseUpdatedAtUs, Column::ScannedAtUs].map(|c| (Entity, c)))
        .left_join(Entity, Expr::col((Entity, Column::EvidenceId)).eq(of("evidence_id")));
    match &query.vulnerability {
        Some(id) => select.and_where(of("vulnerability").eq(id.as_str())),
        None => select.and_where(of("alias_of").is_null()),
    };
    behind(&mut select, TABLE, query.after);
    all(db, select.limit(query.limit), |row| Ok(FindingFact::from_query_result(row, "")?)).await
}
