//! Rows that count failed log-ins: working rows, forgotten when their window ends.

use entity::login_failure::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::db::DbError;
use crate::types::Timestamp;

/// The counters of these keys whose windows have not ended.
pub async fn counts(db: &impl ConnectionTrait, keys: &[&str], now: Timestamp) -> Result<Vec<Model>, DbError> {
    let counters = Entity::find()
        .filter(Column::Key.is_in(keys.iter().copied()))
        .filter(Column::WindowEndsUs.gt(now.micros()));
    Ok(counters.all(db).await?)
}

/// Counts one more on each key; a new window ends at `ends`. Says what the counters are now.
pub async fn count(
    db: &impl ConnectionTrait,
    keys: &[&str],
    now: Timestamp,
    ends: Timestamp,
) -> Result<Vec<Model>, DbError> {
    Entity::delete_many()
        .filter(Column::Key.is_in(keys.iter().copied()))
        .filter(Column::WindowEndsUs.lte(now.micros()))
        .exec(db)
        .await?;
    let one_more = OnConflict::column(Column::Key)
        .value(Column::Failures, Expr::col((Entity, Column::Failures)).add(1))
        .to_owned();
    Entity::insert_many(keys.iter().map(|key| row(key, ends)))
        .on_conflict(one_more)
        .exec_without_returning(db)
        .await?;
    counts(db, keys, now).await
}

/// Marks a key until `ends`; says whether it was not marked already.
pub async fn mark(
    db: &impl ConnectionTrait,
    key: &str,
    now: Timestamp,
    ends: Timestamp,
) -> Result<bool, DbError> {
    let marks = count(db, &[key], now, ends).await?;
    Ok(marks.iter().all(|mark| mark.failures == 1))
}

/// Forgets a key.
pub async fn clear(db: &impl ConnectionTrait, key: &str) -> Result<(), DbError> {
    Entity::delete_by_id(key).exec(db).await?;
    Ok(())
}

/// Forgets all whose windows have ended.
pub async fn prune(db: &impl ConnectionTrait, now: Timestamp) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::WindowEndsUs.lte(now.micros())).exec(db).await?;
    Ok(())
}

fn row(key: &str, ends: Timestamp) -> ActiveModel {
    ActiveModel { key: Set(key.to_owned()), failures: Set(1), window_ends_us: Set(ends.micros()) }
}
