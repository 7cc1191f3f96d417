//! Whether a signature covers a manifest: its own, or that of an index above it, however many list it.

use entity::{manifest, manifest_link, verification};
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait as _, JoinType, Query, SelectStatement, UnionType, WithClause,
    WithQuery,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::outcomes::good;
use crate::db::DbError;
use crate::registry::LinkKind;
use crate::trust::model::EvidenceKind;
use crate::types::{Digest, EvidenceId, ManifestId, RepositoryId};

/// The manifest and all that is above it.
const ABOVE: &str = "above";

/// Whether a signature that counts under this policy covers a manifest of the repository.
pub async fn is_covered(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    id: ManifestId,
    policy: &Digest,
) -> Result<bool, DbError> {
    let signatures = good_signatures(repository).filter(verification::Column::Policy.eq(policy.as_str()));
    Ok(db.query_one(&covering(signatures.limit(1), repository, id)).await?.is_some())
}

/// Some signatures that cover a manifest and counted under another policy than the one that holds, the newest first.
pub async fn covered_before(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    id: ManifestId,
    policy: &Digest,
    limit: u64,
) -> Result<Vec<EvidenceId>, DbError> {
    let signatures = good_signatures(repository)
        .filter(verification::Column::Policy.ne(policy.as_str()))
        .order_by_desc(verification::Column::Id)
        .limit(limit);
    let rows = db.query_all(&covering(signatures, repository, id)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<Uuid>(0)?.into())).collect()
}

/// Good signatures of what is named above.
fn good_signatures(repository: RepositoryId) -> Select<verification::Entity> {
    let name = |column: &'static str| Query::select().column((ABOVE, column)).from(ABOVE).to_owned();
    // Not by a join, which SQLite might begin at the other end: with all that was ever verified.
    let names = name("sha256").union(UnionType::All, name("sha512")).to_owned();
    good(repository)
        .filter(verification::Column::Subject.in_subquery(names))
        .filter(verification::Column::Kind.eq(EvidenceKind::Signature.as_str()))
}

/// Of these signatures those of a manifest and of what is above it, by their evidence.
fn covering(signatures: Select<verification::Entity>, repository: RepositoryId, id: ManifestId) -> WithQuery {
    let above = CommonTableExpression::new()
        .query(above(repository, id))
        .columns(["sha256", "sha512"])
        .table_name(ABOVE)
        .to_owned();
    let evidence = signatures.select_only().column(verification::Column::EvidenceId).into_query();
    evidence.with(WithClause::new().recursive(true).cte(above).to_owned())
}

/// The names of a manifest and, level by level, of the indexes that list what was found. What is found twice is not followed
/// twice.
fn above(repository: RepositoryId, id: ManifestId) -> SelectStatement {
    let of = |column| (manifest::Entity, column);
    let names = [of(manifest::Column::Sha256), of(manifest::Column::Sha512)];
    let held = |select: &mut SelectStatement| {
        select
            .and_where(Expr::col(of(manifest::Column::RepositoryId)).eq(repository.uuid()))
            .and_where(Expr::col(of(manifest::Column::ValidToUs)).is_null());
    };
    let mut itself = Query::select().columns(names).from(manifest::Entity).to_owned();
    itself.and_where(Expr::col(of(manifest::Column::Id)).eq(id.uuid()));
    held(&mut itself);
    let link = |column| Expr::col((manifest_link::Entity, column));
    let listed = link(manifest_link::Column::Digest)
        .is_in([Expr::col((ABOVE, "sha256")), Expr::col((ABOVE, "sha512"))]);
    let mut parents = Query::select()
        .columns(names)
        .from(ABOVE)
        .join(JoinType::InnerJoin, manifest_link::Entity, listed)
        .inner_join(
            manifest::Entity,
            Expr::col(of(manifest::Column::Id)).eq(link(manifest_link::Column::ManifestId)),
        )
        .and_where(link(manifest_link::Column::Kind).eq(LinkKind::Child.as_str()))
        .to_owned();
    held(&mut parents);
    itself.union(UnionType::Distinct, parents).to_owned()
}
