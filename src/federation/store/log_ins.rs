//! Rows of log-ins that were finished: working rows, gone when their cookies are too old to be tried again.

use entity::log_in::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::db::DbError;
use crate::types::{Sha256Hex, Timestamp};

/// Whether a log-in was finished.
pub async fn is_finished(db: &impl ConnectionTrait, secret: &Sha256Hex) -> Result<bool, DbError> {
    Ok(Entity::find_by_id(secret.as_str()).one(db).await?.is_some())
}

/// Notes a log-in that is finished, and forgets older ones; says whether it had not been.
pub async fn finish(
    db: &impl ConnectionTrait,
    secret: &Sha256Hex,
    issuer: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<bool, DbError> {
    Entity::delete_many().filter(Column::ExpiresAtUs.lte(now.micros())).exec(db).await?;
    if is_finished(db, secret).await? {
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
