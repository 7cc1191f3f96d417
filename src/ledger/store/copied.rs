//! The one row that says how far checkpoints were copied to a second place.

use entity::ledger_copied::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::db::DbError;

/// The row's key.
const ID: i16 = 1;

/// Entries under the newest checkpoint that was copied to a place; 0 before the first.
pub async fn size(db: &impl ConnectionTrait, place: &str) -> Result<u64, DbError> {
    let row = Entity::find_by_id(ID).one(db).await?;
    let size = row.filter(|row| row.place == place).map_or(0, |row| row.size);
    u64::try_from(size).map_err(|_| DbError::corrupt("ledger_copied", "a size below 0"))
}

/// Remembers it; only the newest place is.
pub async fn keep(db: &impl ConnectionTrait, place: &str, size: u64) -> Result<(), DbError> {
    let row = ActiveModel { id: Set(ID), place: Set(place.to_owned()), size: Set(size.cast_signed()) };
    let mut conflict = OnConflict::column(Column::Id);
    conflict.update_columns([Column::Place, Column::Size]);
    Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(())
}
