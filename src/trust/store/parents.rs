//! The indexes that list a manifest.

use entity::{manifest, manifest_link};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::digest;
use crate::db::DbError;
use crate::registry::LinkKind;
use crate::types::{Digest, RepositoryId};

/// The indexes of a repository that list a manifest, by any of its names; each with both of its own, SHA-256 first.
pub async fn indexes_above(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &[Digest],
    limit: u64,
) -> Result<Vec<[Digest; 2]>, DbError> {
    let naming = Query::select()
        .column(manifest_link::Column::ManifestId)
        .from(manifest_link::Entity)
        .and_where(manifest_link::Column::Digest.is_in(names.iter().map(Digest::as_str)))
        .and_where(manifest_link::Column::Kind.eq(LinkKind::Child.as_str()))
        .to_owned();
    let rows: Vec<(String, String)> = manifest::Entity::find()
        .select_only()
        .columns([manifest::Column::Sha256, manifest::Column::Sha512])
        .filter(manifest::Column::RepositoryId.eq(repository.uuid()))
        .filter(manifest::Column::ValidToUs.is_null())
        .filter(manifest::Column::Id.in_subquery(naming))
        .order_by_asc(manifest::Column::Sha256)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(sha256, sha512)| {
            Ok([digest(&sha256, "manifest.sha256")?, digest(&sha512, "manifest.sha512")?])
        })
        .collect()
}
