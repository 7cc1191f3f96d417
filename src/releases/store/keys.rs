//! Rows of the keys by which a request is made once: working rows.

use entity::idempotency_key::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::db::DbError;
use crate::types::{AccountId, Sha256Hex, Timestamp};

/// What was made by a key of an account, and of which request.
pub async fn find(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: &str,
) -> Result<Option<(String, Uuid)>, DbError> {
    let row = Entity::find_by_id((account.uuid(), key.to_owned())).one(db).await?;
    Ok(row.map(|row| (row.request, row.made)))
}

/// Notes what was made by a key, unless something was; says whether it did.
pub async fn insert(
    db: &impl ConnectionTrait,
    account: AccountId,
    key: &str,
    request: &Sha256Hex,
    made: Uuid,
    at: Timestamp,
) -> Result<bool, DbError> {
    let row = ActiveModel {
        account_id: Set(account.uuid()),
        key: Set(key.to_owned()),
        request: Set(request.as_str().to_owned()),
        made: Set(made),
        at_us: Set(at.micros()),
    };
    let conflict = OnConflict::columns([Column::AccountId, Column::Key]).do_nothing().to_owned();
    Ok(Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await? == 1)
}

/// Forgets keys that are older than this.
pub async fn forget(db: &impl ConnectionTrait, before: Timestamp) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::AtUs.lt(before.micros())).exec(db).await?;
    Ok(())
}
