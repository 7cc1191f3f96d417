//! How far the storage tells of this database, and whether a restore has ended.

use entity::{freshness, restore_run, store_position};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::db::DbError;
use crate::types::Timestamp;

/// The row that says which events are in the storage.
const EVENTS: &str = "events";

/// The last event that the database knows to be in the storage; 0 when there is none.
pub async fn exported(db: &impl ConnectionTrait) -> Result<i64, DbError> {
    Ok(store_position::Entity::find_by_id(EVENTS).one(db).await?.map_or(0, |row| row.seq))
}

/// Notes that the storage has the events up to and with `to`, if nobody noted more since `from`; says whether it was.
pub async fn set_exported(db: &impl ConnectionTrait, from: i64, to: i64) -> Result<bool, DbError> {
    if from == 0 {
        let row = store_position::ActiveModel { name: Set(EVENTS.to_owned()), seq: Set(0) };
        store_position::Entity::insert(row)
            .on_conflict(OnConflict::column(store_position::Column::Name).do_nothing().to_owned())
            .exec_without_returning(db)
            .await?;
    }
    let outcome = store_position::Entity::update_many()
        .col_expr(store_position::Column::Seq, Expr::value(to))
        .filter(store_position::Column::Name.eq(EVENTS))
        .filter(store_position::Column::Seq.eq(from))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// What the restore that was begun and has not ended restores from; none when there is none.
pub async fn restoring(db: &impl ConnectionTrait) -> Result<Option<String>, DbError> {
    Ok(restore_run::Entity::find().one(db).await?.map(|row| row.source))
}

/// Notes that a restore was begun.
pub async fn begin_restore(db: &impl ConnectionTrait, source: &str, now: Timestamp) -> Result<(), DbError> {
    let row = restore_run::ActiveModel {
        id: Set(Uuid::now_v7()),
        source: Set(source.to_owned()),
        begun_at_us: Set(now.micros()),
    };
    restore_run::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Notes that the restore has ended. Whatever a replica remembers of before, it believes no more.
pub async fn end_restore(db: &impl ConnectionTrait) -> Result<(), DbError> {
    freshness::Entity::update_many()
        .col_expr(freshness::Column::Version, Expr::col(freshness::Column::Version).add(1))
        .exec(db)
        .await?;
    restore_run::Entity::delete_many().exec(db).await?;
    Ok(())
}
