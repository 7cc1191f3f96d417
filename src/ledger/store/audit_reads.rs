//! Rows that say in which hour a way of reading events was last told of.

use entity::audit_read::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::db::DbError;
use crate::ledger::model::AuditRead;
use crate::types::{AccountId, ProjectId};

/// Hours after which a row only takes room.
const KEPT: i64 = 24;

fn key(read: &AuditRead) -> (Uuid, String, Uuid) {
    let account = read.account.map_or(Uuid::nil(), AccountId::uuid);
    (account, read.shape.to_string(), read.project.map_or(Uuid::nil(), ProjectId::uuid))
}

/// Whether the read was told of in this hour, or in a later one by a replica whose clock is ahead.
pub async fn is_told(db: &impl ConnectionTrait, read: &AuditRead, hour: i64) -> Result<bool, DbError> {
    let row = Entity::find_by_id(key(read)).one(db).await?;
    Ok(row.is_some_and(|row| row.hour >= hour))
}

/// Takes it on oneself to tell of the read in this hour; says whether nobody else has. Forgets rows of days ago.
pub async fn claim(db: &impl ConnectionTrait, read: &AuditRead, hour: i64) -> Result<bool, DbError> {
    let (account, shape, project) = key(read);
    let moved = Entity::update_many()
        .col_expr(Column::Hour, Expr::value(hour))
        .filter(Column::AccountId.eq(account))
        .filter(Column::Shape.eq(shape.as_str()))
        .filter(Column::ProjectId.eq(project))
        .filter(Column::Hour.lt(hour))
        .exec(db)
        .await?;
    if moved.rows_affected == 1 {
        return Ok(true);
    }
    let row = ActiveModel {
        account_id: Set(account),
        shape: Set(shape),
        project_id: Set(project),
        hour: Set(hour),
    };
    let key =
        OnConflict::columns([Column::AccountId, Column::Shape, Column::ProjectId]).do_nothing().to_owned();
    let inserted = Entity::insert(row).on_conflict(key).exec_without_returning(db).await?;
    if inserted == 1 {
        Entity::delete_many().filter(Column::Hour.lt(hour.saturating_sub(KEPT))).exec(db).await?;
    }
    Ok(inserted == 1)
}
