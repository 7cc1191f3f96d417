//! Every table, row by row; and what this room remembers of its own.

mod cell;
pub mod locked_out;
pub mod positions;
pub mod tables;

use sea_orm::ConnectionTrait;

use crate::db::DbError;

/// Whether a restore into this database was begun and has not ended.
///
/// # Errors
/// When the database does not answer.
pub async fn is_restoring(db: &impl ConnectionTrait) -> Result<bool, DbError> {
    Ok(positions::restoring(db).await?.is_some())
}
