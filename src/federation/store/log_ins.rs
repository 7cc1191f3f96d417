//! Rows of log-ins under way: working rows, gone when the browser comes back or stays away.

use entity::log_in::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter};

use crate::db::DbError;
use crate::types::{Sha256Hex, Timestamp};

/// Notes a log-in that begins, and forgets those that ended; says whether there was room for it.
pub async fn begin(
    db: &impl ConnectionTrait,
    secret: &Sha256Hex,
    issuer: &str,
    now: Timestamp,
    expires: Timestamp,
    most: u64,
) -> Result<bool, DbError> {
    Entity::delete_many().filter(Column::ExpiresAtUs.lte(now.micros())).exec(db).await?;
    if Entity::find().count(db).await? >= most {
        return Ok(false);
    }
    let row = ActiveModel {
        secret: Set(secret.as_str().to_owned()),
        issuer: Set(issuer.to_owned()),
        expires_at_us: Set(expires.micros()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(true)
}

/// Takes a log-in that is under way with this issuer; says whether there was one. Nobody takes it twice.
pub async fn take(
    db: &impl ConnectionTrait,
    secret: &Sha256Hex,
    issuer: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    let taken = Entity::delete_many()
        .filter(Column::Secret.eq(secret.as_str()))
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::ExpiresAtUs.gt(now.micros()))
        .exec(db)
        .await?;
    Ok(taken.rows_affected == 1)
}
