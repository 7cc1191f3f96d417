//! What artifacts contain.

use sea_orm::sea_query::{Expr, ExprTrait as _, SimpleExpr};
use sea_orm::{ConnectionTrait, FromQueryResult, Order};

use super::attested::{Attested, Place, Within, all, behind, facts_within};
use crate::db::DbError;
use crate::trust::predicates::Purl;
use crate::types::Digest;

const TABLE: &str = "component";

/// A component of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct ComponentFact {
    /// Its place in what says so.
    pub position: i32,
    /// Its package URL without version, in one form.
    pub package: Option<String>,
    /// Its version; empty where none is told.
    pub version: String,
    /// What it is called.
    pub name: String,
    /// Its package URL as it is written.
    pub purl: Option<String>,
}

/// Which components to list.
#[derive(Debug, Clone)]
pub struct ComponentQuery {
    /// Where.
    pub within: Within,
    /// Of one package, and of one version where the package URL has one.
    pub purl: Option<Purl>,
    /// Only those behind this version and place.
    pub after: Option<(String, Place)>,
    /// At most so many.
    pub limit: u64,
}

/// Components. Those of one package come by version, as the index has them; all those of an artifact in the order of its
/// SBOMs.
pub async fn components(
    db: &impl ConnectionTrait,
    policy: Option<&Digest>,
    query: &ComponentQuery,
) -> Result<Vec<(Attested, ComponentFact)>, DbError> {
    let of = |column| Expr::col((TABLE, column));
    let mut select = facts_within(TABLE, &query.within, policy);
    select.columns(["position", "package", "version", "name", "purl"].map(|column| (TABLE, column)));
    match &query.purl {
        None => behind(&mut select, TABLE, query.after.as_ref().map(|(_, place)| *place)),
        Some(purl) => {
            select.and_where(of("package").eq(purl.package.as_str()));
            if !purl.version.is_empty() {
                select.and_where(of("version").eq(purl.version.as_str()));
            }
            let columns = ["version", "evidence_id", "position"];
            if let Some((version, place)) = &query.after {
                let place: [SimpleExpr; 3] = [
                    Expr::val(version.as_str()),
                    Expr::val(place.evidence.uuid()),
                    Expr::val(place.position),
                ];
                select.and_where(Expr::tuple(columns.map(of)).gt(Expr::tuple(place)));
            }
            for column in columns {
                select.order_by((TABLE, column), Order::Asc);
            }
        }
    }
    all(db, select.limit(query.limit), |row| Ok(ComponentFact::from_query_result(row, "")?)).await
}
