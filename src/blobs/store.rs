//! Rows of objects, blobs and upload sessions.

use entity::{blob, object, upload};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{BlobInfo, HashState, ObjectState, Session};
use crate::db::DbError;
use crate::types::{AccountId, Digest, ObjectKey, RepositoryId, Timestamp, UploadId};

/// Opens a session and its object.
pub async fn insert_upload(
    db: &impl ConnectionTrait,
    session: &Session,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), DbError> {
    let object = object::ActiveModel {
        id: Set(session.object.uuid()),
        state: Set(ObjectState::Writing.as_str().to_owned()),
        created_at_us: Set(now.micros()),
    };
    object::Entity::insert(object).exec_without_returning(db).await?;
    let (sha256_state, sha512_state) = session.hashes.save();
    let row = upload::ActiveModel {
        id: Set(session.id.uuid()),
        repository_id: Set(session.repository.uuid()),
        account_id: Set(session.account.uuid()),
        object_id: Set(session.object.uuid()),
        received: Set(signed(session.received)),
        sha256_state: Set(sha256_state),
        sha512_state: Set(sha512_state),
        expires_at_us: Set(expires.micros()),
    };
    upload::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// A session that has not expired, if it is this account's in this repository.
pub async fn find_upload(
    db: &impl ConnectionTrait,
    id: UploadId,
    repository: RepositoryId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Session>, DbError> {
    let row = upload::Entity::find_by_id(id.uuid())
        .filter(upload::Column::RepositoryId.eq(repository.uuid()))
        .filter(upload::Column::AccountId.eq(account.uuid()))
        .filter(upload::Column::ExpiresAtUs.gt(now.micros()))
        .one(db)
        .await?;
    row.map(|row| {
        Ok(Session {
            id,
            repository,
            account,
            object: row.object_id.into(),
            received: unsigned(row.received, "upload.received")?,
            hashes: HashState::restore(&row.sha256_state, row.sha512_state.as_deref())?,
        })
    })
    .transpose()
}

/// Records progress, if nobody else did since `received_before`; says whether it was recorded.
pub async fn advance_upload(
    db: &impl ConnectionTrait,
    session: &Session,
    received_before: u64,
    expires: Timestamp,
) -> Result<bool, DbError> {
    let (sha256_state, sha512_state) = session.hashes.save();
    let outcome = upload::Entity::update_many()
        .col_expr(upload::Column::Received, Expr::value(signed(session.received)))
        .col_expr(upload::Column::Sha256State, Expr::value(sha256_state))
        .col_expr(upload::Column::Sha512State, Expr::value(sha512_state))
        .col_expr(upload::Column::ExpiresAtUs, Expr::value(expires.micros()))
        .filter(upload::Column::Id.eq(session.id.uuid()))
        .filter(upload::Column::Received.eq(signed(received_before)))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Gives up a session and its bytes; says whether it was still open at `received`.
pub async fn abandon_upload(
    db: &impl ConnectionTrait,
    id: UploadId,
    object: ObjectKey,
    received: u64,
) -> Result<bool, DbError> {
    let open = remove_upload(db, id, received).await?;
    if open {
        set_object_state(db, object, ObjectState::Doomed).await?;
    }
    Ok(open)
}

/// Ends a session; says whether it was still open at `received`.
pub async fn remove_upload(db: &impl ConnectionTrait, id: UploadId, received: u64) -> Result<bool, DbError> {
    let outcome = upload::Entity::delete_many()
        .filter(upload::Column::Id.eq(id.uuid()))
        .filter(upload::Column::Received.eq(signed(received)))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Changes what an object's row says.
pub async fn set_object_state(
    db: &impl ConnectionTrait,
    key: ObjectKey,
    state: ObjectState,
) -> Result<(), DbError> {
    object::Entity::update_many()
        .col_expr(object::Column::State, Expr::value(state.as_str()))
        .filter(object::Column::Id.eq(key.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Makes an object a blob, unless the digest names another already. Returns the object that the digest names now.
pub async fn insert_blob(
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
    let found = find_blob(db, digest).await?;
    found
        .map(|info| info.object)
        .ok_or_else(|| DbError::corrupt("blob.digest: not there after insert", digest))
}

/// The blob that a digest names.
pub async fn find_blob(db: &impl ConnectionTrait, digest: &Digest) -> Result<Option<BlobInfo>, DbError> {
    let row = blob::Entity::find().filter(blob::Column::Digest.eq(digest.as_str())).one(db).await?;
    row.map(|row| Ok(BlobInfo { object: row.object_id.into(), size: unsigned(row.size, "blob.size")? }))
        .transpose()
}

/// Sessions that have expired, with their objects.
pub async fn expired_uploads(
    db: &impl ConnectionTrait,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<(UploadId, ObjectKey, u64)>, DbError> {
    let rows = upload::Entity::find()
        .filter(upload::Column::ExpiresAtUs.lte(now.micros()))
        .order_by_asc(upload::Column::ExpiresAtUs)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.id.into(), row.object_id.into(), unsigned(row.received, "upload.received")?)))
        .collect()
}

/// Objects whose bytes are to be removed, by their age, from behind `last` on.
pub async fn doomed_objects(
    db: &impl ConnectionTrait,
    last: Option<(Timestamp, ObjectKey)>,
    limit: u64,
) -> Result<Vec<(Timestamp, ObjectKey)>, DbError> {
    let (created, id) = (object::Column::CreatedAtUs, object::Column::Id);
    let behind = last.map_or_else(Condition::all, |(at, key)| {
        let at = at.micros();
        Condition::any().add(created.gt(at)).add(created.eq(at).and(id.gt(key.uuid())))
    });
    let rows = object::Entity::find()
        .filter(object::Column::State.eq(ObjectState::Doomed.as_str()))
        .filter(behind)
        .order_by_asc(created)
        .order_by_asc(id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (Timestamp::from_micros(row.created_at_us), row.id.into())).collect())
}

/// Forgets an object whose bytes are gone.
pub async fn remove_doomed(db: &impl ConnectionTrait, key: ObjectKey) -> Result<(), DbError> {
    object::Entity::delete_many()
        .filter(object::Column::Id.eq(key.uuid()))
        .filter(object::Column::State.eq(ObjectState::Doomed.as_str()))
        .exec(db)
        .await?;
    Ok(())
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

/// Makes an object stored, whatever was known of it, and ends the session that wrote it.
pub async fn put_back_object(
    db: &impl ConnectionTrait,
    key: ObjectKey,
    at: Timestamp,
) -> Result<(), DbError> {
    upload::Entity::delete_many().filter(upload::Column::ObjectId.eq(key.uuid())).exec(db).await?;
    let row = object::ActiveModel {
        id: Set(key.uuid()),
        state: Set(ObjectState::Stored.as_str().to_owned()),
        created_at_us: Set(at.micros()),
    };
    let stored = OnConflict::column(object::Column::Id).update_column(object::Column::State).to_owned();
    object::Entity::insert(row).on_conflict(stored).exec_without_returning(db).await?;
    Ok(())
}

/// Makes an object a blob that the inventory names at `seq`. A number that is taken, for a database that was put back
/// before may have counted the same twice, gives way to the next that is free.
pub async fn put_back_blob(
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

/// The databases have no unsigned integers; no content comes near 2^63 bytes.
fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn unsigned(bytes: i64, what: &'static str) -> Result<u64, DbError> {
    u64::try_from(bytes).map_err(|_| DbError::corrupt(what, bytes))
}
