//! The one row of the newest checkpoint that witnesses have cosigned.

use entity::ledger_cosigned::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::db::DbError;

/// The row's key.
const ID: i16 = 1;

/// A checkpoint with its cosignatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosigned {
    /// Entries under it.
    pub size: u64,
    /// The signed note.
    pub checkpoint: String,
}

/// The newest one; none while there is none.
pub async fn find(db: &impl ConnectionTrait) -> Result<Option<Cosigned>, DbError> {
    let Some(row) = Entity::find_by_id(ID).one(db).await? else { return Ok(None) };
    let size = u64::try_from(row.size).map_err(|_| DbError::corrupt("ledger_cosigned", "a size below 0"))?;
    Ok(Some(Cosigned { size, checkpoint: row.checkpoint }))
}

/// Keeps one, unless a larger one is kept.
pub async fn keep(db: &impl ConnectionTrait, new: &Cosigned) -> Result<(), DbError> {
    let (size, checkpoint) = (new.size.cast_signed(), &new.checkpoint);
    let row = ActiveModel { id: Set(ID), size: Set(size), checkpoint: Set(checkpoint.clone()) };
    let conflict = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Entity::update_many()
        .col_expr(Column::Size, Expr::value(size))
        .col_expr(Column::Checkpoint, Expr::value(checkpoint.as_str()))
        .filter(Column::Size.lte(size))
        .exec(db)
        .await?;
    Ok(())
}
