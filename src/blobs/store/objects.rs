//! Rows of objects: where bytes are, and what becomes of them.

use entity::{object, upload};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::blobs::ObjectState;
use crate::db::DbError;
use crate::types::{ObjectKey, Timestamp};

/// Opens an object that an upload will write.
pub async fn insert(db: &impl ConnectionTrait, key: ObjectKey, now: Timestamp) -> Result<(), DbError> {
    let object = object::ActiveModel {
        id: Set(key.uuid()),
        state: Set(ObjectState::Writing.as_str().to_owned()),
        created_at_us: Set(now.micros()),
        multipart: Set(None),
        keep_until_us: Set(None),
    };
    object::Entity::insert(object).exec_without_returning(db).await?;
    Ok(())
}

/// Gives up an object's bytes. Its row stays until `keep_until`, for bytes that may still be on their way.
pub async fn doom(
    db: &impl ConnectionTrait,
    key: ObjectKey,
    keep_until: Option<Timestamp>,
) -> Result<(), DbError> {
    object::Entity::update_many()
        .col_expr(object::Column::State, Expr::value(ObjectState::Doomed.as_str()))
        .col_expr(object::Column::KeepUntilUs, Expr::value(keep_until.map(Timestamp::micros)))
        .filter(object::Column::Id.eq(key.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Says that at least one blob is made of an object: no multipart upload leads to it any more.
pub async fn set_stored(db: &impl ConnectionTrait, key: ObjectKey) -> Result<(), DbError> {
    object::Entity::update_many()
        .col_expr(object::Column::State, Expr::value(ObjectState::Stored.as_str()))
        .col_expr(object::Column::Multipart, Expr::value(None::<String>))
        .filter(object::Column::Id.eq(key.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes the multipart upload that an object's bytes come by.
pub async fn set_multipart(
    db: &impl ConnectionTrait,
    key: ObjectKey,
    multipart: Option<&str>,
) -> Result<(), DbError> {
    object::Entity::update_many()
        .col_expr(object::Column::Multipart, Expr::value(multipart))
        .filter(object::Column::Id.eq(key.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// The multipart upload that an object's bytes come by.
pub async fn multipart(db: &impl ConnectionTrait, key: ObjectKey) -> Result<Option<String>, DbError> {
    Ok(object::Entity::find_by_id(key.uuid()).one(db).await?.and_then(|row| row.multipart))
}

/// Objects whose bytes are to be removed, by their age, from behind `last` on.
pub async fn doomed(
    db: &impl ConnectionTrait,
    now: Timestamp,
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
        .filter(due(now))
        .filter(behind)
        .order_by_asc(created)
        .order_by_asc(id)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (Timestamp::from_micros(row.created_at_us), row.id.into())).collect())
}

/// Forgets an object whose bytes are gone, if it is time.
pub async fn remove_doomed(db: &impl ConnectionTrait, key: ObjectKey, now: Timestamp) -> Result<(), DbError> {
    object::Entity::delete_many()
        .filter(object::Column::Id.eq(key.uuid()))
        .filter(object::Column::State.eq(ObjectState::Doomed.as_str()))
        .filter(due(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether nothing can be on its way to an object any more.
fn due(now: Timestamp) -> Condition {
    let until = object::Column::KeepUntilUs;
    Condition::any().add(until.is_null()).add(until.lte(now.micros()))
}

/// Makes an object stored, whatever was known of it, and ends the session that wrote it.
pub async fn put_back(db: &impl ConnectionTrait, key: ObjectKey, at: Timestamp) -> Result<(), DbError> {
    upload::Entity::delete_many().filter(upload::Column::ObjectId.eq(key.uuid())).exec(db).await?;
    let row = object::ActiveModel {
        id: Set(key.uuid()),
        state: Set(ObjectState::Stored.as_str().to_owned()),
        created_at_us: Set(at.micros()),
        multipart: Set(None),
        keep_until_us: Set(None),
    };
    let stored = OnConflict::column(object::Column::Id)
        .update_columns([object::Column::State, object::Column::Multipart, object::Column::KeepUntilUs])
        .to_owned();
    object::Entity::insert(row).on_conflict(stored).exec_without_returning(db).await?;
    Ok(())
}
