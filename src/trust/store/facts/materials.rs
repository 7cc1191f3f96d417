//! What went into builds.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::attested::{Attested, Place, Within, all, behind, facts_within};
use crate::db::DbError;
use crate::types::Digest;

const TABLE: &str = "material";

/// What went into a build.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct MaterialFact {
    /// Its place in what says so.
    pub position: i32,
    /// What it is called.
    pub uri: Option<String>,
    /// Its content: `sha256:…`, or `gitCommit:…`.
    pub digest: Option<String>,
}

/// Materials, by one digest or all, behind `after`, in the order of the evidence and of the attestations.
pub async fn materials(
    db: &impl ConnectionTrait,
    policy: Option<&Digest>,
    within: &Within,
    digest: Option<&str>,
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<(Attested, MaterialFact)>, DbError> {
    let mut select = facts_within(TABLE, within, policy);
    select.columns(["position", "uri", "digest"].map(|column| (TABLE, column)));
    if let Some(digest) = digest {
        select.and_where(Expr::col((TABLE, "digest")).eq(digest));
    }
    behind(&mut select, TABLE, after);
    all(db, select.limit(limit), |row| Ok(MaterialFact::from_query_result(row, "")?)).await
}
