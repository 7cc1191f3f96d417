//! Whether a signature covers a manifest: its own, or that of an index above it, however many list it.

use entity::{manifest, manifest_link, verification};
use sea_orm::sea_query::{
    CommonTableExpression, Expr, ExprTrait as _, JoinType, Query, SelectStatement, UnionType, WithClause,
    WithQuery,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::outcomes::good;
use crate::db::{DbError, unindexed};
use crate::registry::LinkKind;
use crate::trust::model::EvidenceKind;
use crate::types::{Digest, EvidenceId, ManifestId, RepositoryId, Tag};

/// The manifest and all that is above it.
const ABOVE: &str = "above";

/// Whether a signature that counts under this policy covers a manifest of the repository.
pub async fn is_covered(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    id: ManifestId,
    policy: &Digest,
) -> Result<bool, DbError> {
    let signatures =
        counting_signatures(repository, policy).column(verification::Column::EvidenceId).limit(1);
    Ok(db.query_one(&with_above(signatures.into_query(), repository, id)).await?.is_some())
}

/// The signers whose signatures count under this policy and cover a manifest of the repository, by name.
pub async fn signers(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    id: ManifestId,
    policy: &Digest,
) -> Result<Vec<String>, DbError> {
    let signers = counting_signatures(repository, policy)
        .distinct()
        .column(verification::Column::Signer)
        .filter(verification::Column::Signer.is_not_null())
        .order_by_asc(verification::Column::Signer);
    let rows = db.query_all(&with_above(signers.into_query(), repository, id)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
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
        .column(verification::Column::EvidenceId)
        .filter(verification::Column::Policy.ne(policy.as_str()))
        .order_by_desc(verification::Column::Id)
        .limit(limit);
    let rows = db.query_all(&with_above(signatures.into_query(), repository, id)).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index::<Uuid>(0)?.into())).collect()
}

/// Good signatures of what is named above, of which whoever asks takes columns.
fn good_signatures(repository: RepositoryId) -> Select<verification::Entity> {
    good(repository)
        .select_only()
        // Not by a join, which SQLite might begin at the other end: with all that was ever verified.
        .filter(verification::Column::Subject.in_subquery(names_above()))
        .filter(verification::Column::Kind.eq(EvidenceKind::Signature.as_str()))
}

/// Those that count under this policy.
fn counting_signatures(repository: RepositoryId, policy: &Digest) -> Select<verification::Entity> {
    good_signatures(repository).filter(verification::Column::Policy.eq(policy.as_str()))
}

/// All names of what is above, for a question that [`with_above`] completes.
pub(super) fn names_above() -> SelectStatement {
    let name = |column: &'static str| Query::select().column((ABOVE, column)).from(ABOVE).to_owned();
    name("sha256").union(UnionType::All, name("sha512")).to_owned()
}

/// The tags under which cosign would speak of what is above, likewise.
pub(super) fn legacy_tags_above() -> SelectStatement {
    let [first, rest @ ..] = Tag::LEGACY.map(|suffix| {
        let tag = Expr::cust(format!("replace(sha256, ':', '-') || '.{suffix}'"));
        Query::select().expr(tag).from(ABOVE).to_owned()
    });
    rest.into_iter().fold(first, |mut all, tags| all.union(UnionType::All, tags).to_owned())
}

/// A question that names what is above, of a manifest and what is above it.
pub(super) fn with_above(question: SelectStatement, repository: RepositoryId, id: ManifestId) -> WithQuery {
    let above = CommonTableExpression::new()
        .query(above(repository, id))
        .columns(["sha256", "sha512"])
        .table_name(ABOVE)
        .to_owned();
    question.with(WithClause::new().recursive(true).cte(above).to_owned())
}

/// The names of a manifest and, level by level, of the indexes that list what was found. What is found twice is not followed
/// twice.
fn above(repository: RepositoryId, id: ManifestId) -> SelectStatement {
    let of = |column| (manifest::Entity, column);
    let names = [of(manifest::Column::Sha256), of(manifest::Column::Sha512)];
    let held = |select: &mut SelectStatement| {
        select
            .and_where(unindexed(of(manifest::Column::RepositoryId)).eq(repository.uuid()))
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
