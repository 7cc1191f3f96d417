//! Which repository holds which blob.

use std::collections::{HashMap, HashSet};

use entity::{blob, repository, repository_blob};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::{DbError, chunks};
use crate::types::{Digest, EventId, RepoName, RepositoryId, Timestamp};

/// Whether the repository holds the blob.
pub async fn is_linked(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<bool, DbError> {
    let key = (repository.uuid(), digest.to_string());
    Ok(repository_blob::Entity::find_by_id(key).one(db).await?.is_some())
}

/// Lets the repository hold the blob; says whether it did not before.
pub async fn link(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digest: &Digest,
    now: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let row = repository_blob::ActiveModel {
        repository_id: Set(repository.uuid()),
        digest: Set(digest.to_string()),
        linked_at_us: Set(now.micros()),
        from_event: Set(event.uuid()),
    };
    let key = [repository_blob::Column::RepositoryId, repository_blob::Column::Digest];
    let inserted = repository_blob::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Lets the repository hold the blob no more; says whether it did.
pub async fn unlink(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digest: &Digest,
) -> Result<bool, DbError> {
    let key = (repository.uuid(), digest.to_string());
    Ok(repository_blob::Entity::delete_by_id(key).exec(db).await?.rows_affected == 1)
}

/// Which of the digests the repository holds as blobs, with their lengths in bytes.
pub async fn linked_sizes(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    digests: &HashSet<&Digest>,
) -> Result<HashMap<String, i64>, DbError> {
    let digests: Vec<&str> = digests.iter().map(|digest| digest.as_str()).collect();
    let mut sizes = HashMap::with_capacity(digests.len());
    for some in chunks(&digests) {
        let linked = repository_blob::Entity::find()
            .filter(repository_blob::Column::RepositoryId.eq(repository.uuid()))
            .filter(repository_blob::Column::Digest.is_in(some.iter().copied()))
            .all(db)
            .await?;
        let blobs = blob::Entity::find()
            .filter(blob::Column::Digest.is_in(linked.into_iter().map(|row| row.digest)))
            .all(db)
            .await?;
        sizes.extend(blobs.into_iter().map(|row| (row.digest, row.size)));
    }
    Ok(sizes)
}

/// Names of repositories that hold the blob, at most `limit`.
pub async fn holders(
    db: &impl ConnectionTrait,
    digest: &Digest,
    limit: u64,
) -> Result<Vec<RepoName>, DbError> {
    let ids = repository_blob::Entity::find()
        .filter(repository_blob::Column::Digest.eq(digest.as_str()))
        .order_by_desc(repository_blob::Column::LinkedAtUs)
        .limit(limit)
        .all(db)
        .await?;
    let repositories = repository::Entity::find()
        .filter(repository::Column::Id.is_in(ids.into_iter().map(|row| row.repository_id)))
        .all(db)
        .await?;
    let name = |name: String| name.parse().map_err(|_| DbError::corrupt("repository.name", &name));
    repositories.into_iter().map(|row| name(row.name)).collect()
}
