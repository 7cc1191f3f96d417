//! Rows of signing keys.

use entity::signing_key::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{NewKey, PublicKey, Purpose, WrappedKey};
use crate::db::DbError;
use crate::types::{EventId, KeyId, Timestamp};

/// The key that signs, still wrapped.
pub struct Current {
    pub id: KeyId,
    pub since: Timestamp,
    pub wrapped: Vec<u8>,
}

/// The key of a purpose that signs now.
pub async fn current(db: &impl ConnectionTrait, purpose: Purpose) -> Result<Option<Current>, DbError> {
    let row = Entity::find()
        .filter(Column::Purpose.eq(purpose.as_str()))
        .filter(Column::ValidToUs.is_null())
        .one(db)
        .await?;
    Ok(row.map(|row| Current {
        id: row.id.into(),
        since: Timestamp::from_micros(row.valid_from_us),
        wrapped: row.wrapped_key,
    }))
}

/// All keys that a purpose ever had, the newest first.
pub async fn all(db: &impl ConnectionTrait, purpose: Purpose) -> Result<Vec<Model>, DbError> {
    let rows = Entity::find().filter(Column::Purpose.eq(purpose.as_str()));
    Ok(rows.order_by_desc(Column::ValidFromUs).order_by_desc(Column::Id).all(db).await?)
}

/// Puts a key back that was kept elsewhere, retired at `to` by `to_event` unless it is to sign; unless it is there.
pub async fn put_back(
    db: &impl ConnectionTrait,
    key: &WrappedKey,
    to: Option<(Timestamp, EventId)>,
) -> Result<(), DbError> {
    if Entity::find_by_id(key.id.uuid()).one(db).await?.is_some() {
        return match to {
            Some((at, event)) => retire(db, key.id, at, event).await,
            None => Ok(()),
        };
    }
    let corrupt = |_| DbError::corrupt("key in the storage", key.id);
    let row = ActiveModel {
        id: Set(key.id.uuid()),
        purpose: Set(key.purpose.clone()),
        public_key: Set(hex::decode(&key.public_key).map_err(corrupt)?),
        wrapped_key: Set(hex::decode(&key.wrapped_key).map_err(corrupt)?),
        valid_from_us: Set(key.since_us.micros()),
        valid_to_us: Set(to.map(|(at, _)| at.micros())),
        from_event: Set(key.event.uuid()),
        to_event: Set(to.map(|(_, event)| event.uuid())),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// A public key, whether it still signs or not.
pub async fn public(
    db: &impl ConnectionTrait,
    purpose: Purpose,
    id: KeyId,
) -> Result<Option<PublicKey>, DbError> {
    let row = Entity::find_by_id(id.uuid()).filter(Column::Purpose.eq(purpose.as_str())).one(db).await?;
    row.map(of_row).transpose()
}

/// Keeps a key as the one that signs; says whether it did, for of two at once one comes too late.
pub async fn insert(
    db: &impl ConnectionTrait,
    key: &NewKey,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let row = ActiveModel {
        id: Set(key.id.uuid()),
        purpose: Set(key.purpose.as_str().to_owned()),
        public_key: Set(key.public.to_vec()),
        wrapped_key: Set(key.wrapped.clone()),
        valid_from_us: Set(at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    let conflict = OnConflict::column(Column::Purpose)
        .target_and_where(Expr::col(Column::ValidToUs).is_null())
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(inserted == 1)
}

/// Ends a key's signing.
pub async fn retire(
    db: &impl ConnectionTrait,
    id: KeyId,
    at: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// What is public of a row.
pub fn of_row(row: Model) -> Result<PublicKey, DbError> {
    let corrupt = |_| DbError::corrupt("signing_key.public_key", row.id);
    Ok(PublicKey {
        id: row.id.into(),
        since: Timestamp::from_micros(row.valid_from_us),
        bytes: row.public_key.as_slice().try_into().map_err(corrupt)?,
        retired_at: row.valid_to_us.map(Timestamp::from_micros),
    })
}
