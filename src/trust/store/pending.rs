//! Whether something that may say who signed a manifest is not known yet.

use entity::{evidence, manifest, tag, verification};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
};

use super::carriers::{referrers_not_inspected, tags_not_inspected};
use super::covered::{legacy_tags_above, names_above, with_above};
use super::evidence::present;
use crate::db::DbError;
use crate::trust::model::EvidenceKind;
use crate::types::{Digest, ManifestId, RepositoryId};

/// Whether something that speaks of a manifest, or of an index above it, was not looked at yet, or is a signature of either
/// that was not verified under the policy that holds. What Waybill itself says of either waits for nobody.
pub async fn is_pending(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    id: ManifestId,
    policy: Option<&Digest>,
) -> Result<bool, DbError> {
    let referrers = referrers_not_inspected()
        .filter(manifest::Column::RepositoryId.eq(repository.uuid()))
        .filter(manifest::Column::Subject.in_subquery(names_above()))
        .filter(manifest::Column::PushedBy.is_not_null());
    let tags = tags_not_inspected()
        .filter(tag::Column::RepositoryId.eq(repository.uuid()))
        .filter(tag::Column::Name.in_subquery(legacy_tags_above()));
    let mut pending = Condition::any()
        .add(any(referrers.select_only().column(manifest::Column::Id)))
        .add(any(tags.select_only().column(tag::Column::Id)));
    if let Some(policy) = policy {
        pending = pending.add(any(unverified_signatures(repository, policy)));
    }
    let question = Query::select().expr(Expr::val(1)).cond_where(pending).to_owned();
    Ok(db.query_one(&with_above(question, repository, id)).await?.is_some())
}

/// Whether a question has an answer.
fn any<E: EntityTrait>(question: Select<E>) -> Expr {
    Expr::exists(question.into_query())
}

/// Signatures of what is above that were not verified under this policy.
fn unverified_signatures(repository: RepositoryId, policy: &Digest) -> Select<evidence::Entity> {
    let of = |column| Expr::col((verification::Entity, column));
    let verified = Query::select()
        .expr(Expr::val(1))
        .from(verification::Entity)
        .and_where(of(verification::Column::EvidenceId).equals((evidence::Entity, evidence::Column::Id)))
        .and_where(of(verification::Column::ValidToUs).is_null())
        .and_where(of(verification::Column::Policy).eq(policy.as_str()))
        .to_owned();
    evidence::Entity::find()
        .select_only()
        .column(evidence::Column::Id)
        .filter(evidence::Column::RepositoryId.eq(repository.uuid()))
        .filter(evidence::Column::Subject.in_subquery(names_above()))
        .filter(evidence::Column::Kind.eq(EvidenceKind::Signature.as_str()))
        .filter(present())
        .filter(Expr::exists(verified).not())
}
