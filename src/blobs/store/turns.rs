//! Whose turn it is to write to a session in a bucket, and what is there of it.

use entity::{upload, upload_part, upload_tail};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait as _, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::{signed, unsigned, uploads};
use crate::blobs::Session;
use crate::blobs::model::{Part, Turn};
use crate::db::{DbError, chunks};
use crate::types::{AccountId, ObjectKey, RepositoryId, Timestamp, UploadId};

/// A session as [`uploads::find`] finds it, with who writes to it.
pub async fn find(
    db: &impl ConnectionTrait,
    id: UploadId,
    repository: RepositoryId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<(Session, Turn)>, DbError> {
    let Some(row) = uploads::open(id, repository, account, now).one(db).await? else { return Ok(None) };
    let turn = Turn {
        writer: row.writer,
        until: Timestamp::from_micros(row.writer_until_us.unwrap_or_default()),
        contested: row.contested,
        sealed: row.sealed,
    };
    Ok(Some((uploads::session(row)?, turn)))
}

/// Takes the turn from `before` to `after`; says whether it was still that of `before`.
pub async fn pass(
    db: &impl ConnectionTrait,
    id: UploadId,
    before: Option<Uuid>,
    after: &Turn,
) -> Result<bool, DbError> {
    let until = after.writer.map(|_| after.until.micros());
    let outcome = upload::Entity::update_many()
        .col_expr(upload::Column::Writer, Expr::value(after.writer))
        .col_expr(upload::Column::WriterUntilUs, Expr::value(until))
        .col_expr(upload::Column::Contested, Expr::value(after.contested))
        .col_expr(upload::Column::Sealed, Expr::value(after.sealed))
        .filter(upload::Column::Id.eq(id.uuid()))
        .filter(uploads::turn_of(before))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Gives a sign of life of the writer and its session; says whether it is still its turn.
pub async fn renew(
    db: &impl ConnectionTrait,
    id: UploadId,
    writer: Uuid,
    until: Timestamp,
    expires: Timestamp,
) -> Result<bool, DbError> {
    let outcome = upload::Entity::update_many()
        .col_expr(upload::Column::WriterUntilUs, Expr::value(until.micros()))
        .col_expr(upload::Column::ExpiresAtUs, Expr::value(expires.micros()))
        .filter(upload::Column::Id.eq(id.uuid()))
        .filter(uploads::turn_of(Some(writer)))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Lets the bytes of a session go to another object; says whether it is still the turn of `writer`.
pub async fn set_object(
    db: &impl ConnectionTrait,
    id: UploadId,
    writer: Uuid,
    key: ObjectKey,
) -> Result<bool, DbError> {
    let outcome = upload::Entity::update_many()
        .col_expr(upload::Column::ObjectId, Expr::value(key.uuid()))
        .filter(upload::Column::Id.eq(id.uuid()))
        .filter(uploads::turn_of(Some(writer)))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Says of a session that it is the turn of `writer`, if it is, so that nobody takes it before the commit.
pub async fn is_turn_of(db: &impl ConnectionTrait, id: UploadId, writer: Uuid) -> Result<bool, DbError> {
    let outcome = upload::Entity::update_many()
        .col_expr(upload::Column::Writer, Expr::value(Some(writer)))
        .filter(upload::Column::Id.eq(id.uuid()))
        .filter(uploads::turn_of(Some(writer)))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Adds parts to a session.
pub async fn insert_parts(db: &impl ConnectionTrait, id: UploadId, parts: &[Part]) -> Result<(), DbError> {
    for parts in chunks(parts) {
        let rows = parts.iter().map(|part| upload_part::ActiveModel {
            upload_id: Set(id.uuid()),
            number: Set(part.number),
            tag: Set(part.tag.clone()),
            size: Set(signed(part.size)),
        });
        upload_part::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// How many parts a session has.
pub async fn count_parts(db: &impl ConnectionTrait, id: UploadId) -> Result<i32, DbError> {
    let count =
        upload_part::Entity::find().filter(upload_part::Column::UploadId.eq(id.uuid())).count(db).await?;
    i32::try_from(count).map_err(|_| DbError::corrupt("upload_part: too many", count))
}

/// The parts of a session, in their order.
pub async fn parts(db: &impl ConnectionTrait, id: UploadId) -> Result<Vec<Part>, DbError> {
    let rows = upload_part::Entity::find()
        .filter(upload_part::Column::UploadId.eq(id.uuid()))
        .order_by_asc(upload_part::Column::Number)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Part { number: row.number, tag: row.tag, size: unsigned(row.size, "upload_part.size")? })
        })
        .collect()
}

/// The bytes behind the last part of a session.
pub async fn tail(db: &impl ConnectionTrait, id: UploadId) -> Result<Vec<u8>, DbError> {
    let row = upload_tail::Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(row.map(|row| row.bytes).unwrap_or_default())
}

/// Keeps the bytes behind the last part of a session.
pub async fn set_tail(db: &impl ConnectionTrait, id: UploadId, bytes: &[u8]) -> Result<(), DbError> {
    upload_tail::Entity::delete_by_id(id.uuid()).exec(db).await?;
    if !bytes.is_empty() {
        let row = upload_tail::ActiveModel { upload_id: Set(id.uuid()), bytes: Set(bytes.to_vec()) };
        upload_tail::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}
