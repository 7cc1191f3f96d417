//! Rows of tiles: the last one of each level, and full ones until the storage holds them.

use entity::ledger_tile::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, SimpleExpr};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};
use tlog_tiles::HASH_SIZE;

use crate::db::DbError;
use crate::ledger::model::{TileHashes, TileKind, TilePath, WIDTH};

/// The length of a full tile, in bytes.
const FULL: i64 = (WIDTH * HASH_SIZE as u64).cast_signed();

/// A row: its level, its place there, its hashes.
pub type TileRow = (u8, u64, TileHashes);

/// All of them: a few.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<TileRow>, DbError> {
    Entity::find().all(db).await?.into_iter().map(of_row).collect()
}

/// The last ones of each level that are not full: what a tree grows on.
pub async fn edge(db: &impl ConnectionTrait) -> Result<Vec<TileRow>, DbError> {
    let rows = Entity::find().filter(length().lt(FULL)).all(db).await?;
    rows.into_iter().map(of_row).collect()
}

/// Some that are full, which the storage may not hold yet, at most `limit`.
pub async fn full(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<TileRow>, DbError> {
    let rows = Entity::find().filter(length().gte(FULL)).limit(limit).all(db).await?;
    rows.into_iter().map(of_row).collect()
}

/// The length of a tile's hashes in bytes.
fn length() -> SimpleExpr {
    Expr::cust("LENGTH(hashes)")
}

/// One of them, if it is there.
pub async fn find(db: &impl ConnectionTrait, level: u8, index: u64) -> Result<Option<TileHashes>, DbError> {
    let row = Entity::find_by_id((i16::from(level), index.cast_signed())).one(db).await?;
    Ok(row.map(|row| row.hashes))
}

fn of_row(row: Model) -> Result<TileRow, DbError> {
    let corrupt = |_| DbError::corrupt("ledger_tile", "level or index");
    Ok((row.level.try_into().map_err(corrupt)?, row.tile_index.try_into().map_err(corrupt)?, row.hashes))
}

/// Keeps tiles; a wider one takes the place of its beginning.
pub async fn keep(db: &impl ConnectionTrait, tiles: &[(TilePath, TileHashes)]) -> Result<(), DbError> {
    let rows = tiles.iter().filter_map(|(path, hashes)| match path.kind {
        TileKind::Hashes(level) => Some(ActiveModel {
            level: Set(level.into()),
            tile_index: Set(path.index.cast_signed()),
            hashes: Set(hashes.clone()),
        }),
        TileKind::Entries => None,
    });
    let mut conflict = OnConflict::columns([Column::Level, Column::TileIndex]);
    conflict.update_column(Column::Hashes);
    let rows: Vec<_> = rows.collect();
    if !rows.is_empty() {
        Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Forgets full ones that the storage holds.
pub async fn forget(db: &impl ConnectionTrait, stored: &[(u8, u64)]) -> Result<(), DbError> {
    for (level, index) in stored {
        Entity::delete_many()
            .filter(Column::Level.eq(i16::from(*level)))
            .filter(Column::TileIndex.eq(index.cast_signed()))
            .exec(db)
            .await?;
    }
    Ok(())
}
