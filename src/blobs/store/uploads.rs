//! Rows of upload sessions.

use entity::upload;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use uuid::Uuid;

use super::{objects, signed, unsigned};
use crate::blobs::{HashState, Session};
use crate::db::DbError;
use crate::types::{AccountId, ObjectKey, RepositoryId, Timestamp, UploadId};

/// Opens a session and its object.
pub async fn insert(
    db: &impl ConnectionTrait,
    session: &Session,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), DbError> {
    objects::insert(db, session.object, now).await?;
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
        writer: Set(None),
        writer_until_us: Set(None),
        contested: Set(false),
        sealed: Set(false),
    };
    upload::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// A session that has not expired, if it is this account's in this repository.
pub async fn find(
    db: &impl ConnectionTrait,
    id: UploadId,
    repository: RepositoryId,
    account: AccountId,
    now: Timestamp,
) -> Result<Option<Session>, DbError> {
    open(id, repository, account, now).one(db).await?.map(session).transpose()
}

/// What [`find`] looks for.
pub(super) fn open(
    id: UploadId,
    repository: RepositoryId,
    account: AccountId,
    now: Timestamp,
) -> Select<upload::Entity> {
    upload::Entity::find_by_id(id.uuid())
        .filter(upload::Column::RepositoryId.eq(repository.uuid()))
        .filter(upload::Column::AccountId.eq(account.uuid()))
        .filter(upload::Column::ExpiresAtUs.gt(now.micros()))
}

/// A row as a session.
pub(super) fn session(row: upload::Model) -> Result<Session, DbError> {
    Ok(Session {
        id: row.id.into(),
        repository: row.repository_id.into(),
        account: row.account_id.into(),
        object: row.object_id.into(),
        received: unsigned(row.received, "upload.received")?,
        hashes: HashState::restore(&row.sha256_state, row.sha512_state.as_deref())?,
    })
}

/// Records progress, if nobody else did since `received_before` and it is still the turn of `writer`; says whether it
/// was recorded.
pub async fn advance(
    db: &impl ConnectionTrait,
    session: &Session,
    received_before: u64,
    writer: Option<Uuid>,
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
        .filter(turn_of(writer))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Ends a session; says whether it was still open at `received`, and the turn of `writer`.
pub async fn remove(
    db: &impl ConnectionTrait,
    id: UploadId,
    received: u64,
    writer: Option<Uuid>,
) -> Result<bool, DbError> {
    let outcome = upload::Entity::delete_many()
        .filter(upload::Column::Id.eq(id.uuid()))
        .filter(upload::Column::Received.eq(signed(received)))
        .filter(turn_of(writer))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Gives up a session, whoever writes to it, and its bytes: their object is returned if it was still open at
/// `received`. While somebody writes to it, bytes may be on their way until `keep_until`.
pub async fn abandon(
    db: &impl ConnectionTrait,
    id: UploadId,
    received: u64,
    keep_until: Timestamp,
) -> Result<Option<ObjectKey>, DbError> {
    let at = upload::Column::Received.eq(signed(received));
    let Some(row) = upload::Entity::find_by_id(id.uuid()).filter(at).one(db).await? else { return Ok(None) };
    // The object may have been changed for another since the caller looked: the row knows.
    if !remove(db, id, received, row.writer).await? {
        return Ok(None);
    }
    let keep_until = (row.writer.is_some() || row.contested).then_some(keep_until);
    objects::doom(db, row.object_id.into(), keep_until).await?;
    Ok(Some(row.object_id.into()))
}

/// Sessions that have expired, and how far they had come.
pub async fn expired(
    db: &impl ConnectionTrait,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<(UploadId, u64)>, DbError> {
    let rows = upload::Entity::find()
        .filter(upload::Column::ExpiresAtUs.lte(now.micros()))
        .order_by_asc(upload::Column::ExpiresAtUs)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok((row.id.into(), unsigned(row.received, "upload.received")?))).collect()
}

/// That it is the turn of `writer`; without one, of nobody.
pub(super) fn turn_of(writer: Option<Uuid>) -> SimpleExpr {
    match writer {
        Some(writer) => upload::Column::Writer.eq(writer),
        None => upload::Column::Writer.is_null(),
    }
}
