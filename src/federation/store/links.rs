//! Rows of whose account somebody gets who logs in through an issuer.

use entity::account_link::{ActiveModel, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::db::DbError;
use crate::types::{AccountId, EventId, Sha256Hex, Timestamp};

/// The account of a subject.
pub async fn find(db: &impl ConnectionTrait, subject: &Sha256Hex) -> Result<Option<AccountId>, DbError> {
    Ok(Entity::find_by_id(subject.as_str()).one(db).await?.map(|row| row.account_id.into()))
}

/// Links a subject that is not linked.
pub async fn insert(
    db: &impl ConnectionTrait,
    subject: &Sha256Hex,
    account: AccountId,
    at: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let row = ActiveModel {
        subject: Set(subject.as_str().to_owned()),
        account_id: Set(account.uuid()),
        created_at_us: Set(at.micros()),
        from_event: Set(event.uuid()),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
