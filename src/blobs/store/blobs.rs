//! Rows of blobs: which digest is which object.

use entity::{blob, store_position};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{signed, unsigned};
use crate::blobs::BlobInfo;
use crate::db::{DbError, chunks};
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
    let inserted = blob::Entity::insert(row)
        .on_conflict(OnConflict::column(blob::Column::Digest).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    if inserted == 1 {
        return Ok(object);
    }
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
        // As the index says it: a parameter would not lead there.
        .filter(blob::Column::Inventoried.into_expr().eq(Expr::Constant(false.into())))
        .order_by_asc(blob::Column::Seq)
        .limit(limit)
        .all(db)
        .await?)
}

/// Notes that the inventory names these blobs.
pub async fn mark_inventoried(db: &impl ConnectionTrait, seqs: &[i64]) -> Result<(), DbError> {
    for some in chunks(seqs) {
        blob::Entity::update_many()
            .col_expr(blob::Column::Inventoried, Expr::value(true))
            .filter(blob::Column::Seq.is_in(some.iter().copied()))
            .exec(db)
            .await?;
    }
    note_position(db, seqs.iter().copied().max().unwrap_or(0)).await
}

/// The row that says how far the inventory goes.
const INVENTORY: &str = "inventory";

/// The last number that the database knows the inventory to name; 0 when there is none. It never goes back, whatever
/// becomes of the blobs.
pub async fn position(db: &impl ConnectionTrait) -> Result<i64, DbError> {
    Ok(store_position::Entity::find_by_id(INVENTORY).one(db).await?.map_or(0, |row| row.seq))
}

/// Notes that the inventory goes as far as `seq`, unless it is known to go farther.
pub async fn note_position(db: &impl ConnectionTrait, seq: i64) -> Result<(), DbError> {
    let row = store_position::ActiveModel { name: Set(INVENTORY.to_owned()), seq: Set(0) };
    store_position::Entity::insert(row)
        .on_conflict(OnConflict::column(store_position::Column::Name).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    store_position::Entity::update_many()
        .col_expr(store_position::Column::Seq, Expr::value(seq))
        .filter(store_position::Column::Name.eq(INVENTORY))
        .filter(store_position::Column::Seq.lt(seq))
        .exec(db)
        .await?;
    Ok(())
}

/// Makes an object a blob that the inventory names at `seq`. A number that is taken, for a database that was put back
/// before may have counted the same twice, gives way to the next that is free.
pub async fn put_back(
    db: &impl ConnectionTrait,
    seq: i64,
    digest: &Digest,
    object: ObjectKey,
    size: u64,
    at: Timestamp,
) -> Result<(), DbError> {
    let taken = blob::Entity::find_by_id(seq).one(db).await?.is_some();
    let seq = if taken { newest_seq(db).await? + 1 } else { seq };
    let row = blob::ActiveModel {
        seq: Set(seq),
        digest: Set(digest.to_string()),
        object_id: Set(object.uuid()),
        size: Set(signed(size)),
        created_at_us: Set(at.micros()),
        inventoried: Set(true),
    };
    blob::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The largest number of a blob; 0 when there is none.
pub async fn newest_seq(db: &impl ConnectionTrait) -> Result<i64, DbError> {
    let newest: Option<i64> = blob::Entity::find()
        .select_only()
        .column(blob::Column::Seq)
        .order_by_desc(blob::Column::Seq)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(newest.unwrap_or(0))
}

/// Sees to it that the next number follows the largest.
pub async fn go_on(db: &impl ConnectionTrait) -> Result<(), DbError> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(
            "SELECT setval(pg_get_serial_sequence('blob', 'seq'), COALESCE(MAX(seq), 0) + 1, false) FROM blob",
        )
        .await?;
    }
    Ok(())
}
