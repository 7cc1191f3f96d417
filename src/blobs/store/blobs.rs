//! Rows of blobs: which digest is which object.

use entity::blob;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{signed, unsigned};
use crate::blobs::BlobInfo;
use crate::db::DbError;
use crate::types::{Digest, ObjectKey, Timestamp};

/// Makes an object a blob, unless the digest names another already. Returns the object that the digest names now.
pub async fn insert(
    db: &impl ConnectionTrait,
    digest: &Digest,
    object: ObjectKey,
    size: u64,
    now: Timestamp,
) -> Result<ObjectKey, DbError> {
    let row = blob::ActiveModel {
        seq: NotSet,
        digest: Set(digest.to_string()),
        object_id: Set(object.uuid()),
        size: Set(signed(size)),
        created_at_us: Set(now.micros()),
        inventoried: Set(false),
    };
    blob::Entity::insert(row)
        .on_conflict(OnConflict::column(blob::Column::Digest).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    let found = find(db, digest).await?;
    found
        .map(|info| info.object)
        .ok_or_else(|| DbError::corrupt("blob.digest: not there after insert", digest))
}

/// The blob that a digest names.
pub async fn find(db: &impl ConnectionTrait, digest: &Digest) -> Result<Option<BlobInfo>, DbError> {
    let row = blob::Entity::find().filter(blob::Column::Digest.eq(digest.as_str())).one(db).await?;
    row.map(|row| Ok(BlobInfo { object: row.object_id.into(), size: unsigned(row.size, "blob.size")? }))
        .transpose()
}

/// Blobs that the inventory does not name yet, in the order of their finishing.
pub async fn not_inventoried(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<blob::Model>, DbError> {
    Ok(blob::Entity::find()
        .filter(blob::Column::Inventoried.eq(false))
        .order_by_asc(blob::Column::Seq)
        .limit(limit)
        .all(db)
        .await?)
}

/// Notes that the inventory names these blobs.
pub async fn mark_inventoried(db: &impl ConnectionTrait, seqs: &[i64]) -> Result<(), DbError> {
    blob::Entity::update_many()
        .col_expr(blob::Column::Inventoried, Expr::value(true))
        .filter(blob::Column::Seq.is_in(seqs.iter().copied()))
        .exec(db)
        .await?;
    Ok(())
}
