//! Rows of id tokens that were exchanged: working rows, forgotten when neither they nor what they became is good any more.

use entity::federated_token::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use crate::db::DbError;
use crate::types::{RuleId, Sha256Hex, Timestamp, TokenId};

/// Notes that an id token was exchanged; says whether it was not before.
pub async fn note(
    db: &impl ConnectionTrait,
    used: &Sha256Hex,
    rule: RuleId,
    token: TokenId,
    expires: Timestamp,
) -> Result<bool, DbError> {
    let row = ActiveModel {
        used: Set(used.as_str().to_owned()),
        rule_id: Set(rule.uuid()),
        token_id: Set(token.uuid()),
        expires_at_us: Set(expires.micros()),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Used).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Whether an id token was exchanged.
pub async fn is_used(db: &impl ConnectionTrait, used: &Sha256Hex) -> Result<bool, DbError> {
    Ok(Entity::find_by_id(used.as_str()).one(db).await?.is_some())
}

/// The tokens that came of a rule and may still be good.
pub async fn of_rule(
    db: &impl ConnectionTrait,
    rule: RuleId,
    now: Timestamp,
) -> Result<Vec<TokenId>, DbError> {
    let rows = Entity::find()
        .filter(Column::RuleId.eq(rule.uuid()))
        .filter(Column::ExpiresAtUs.gt(now.micros()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.token_id.into()).collect())
}

/// Forgets what ended before `before`.
pub async fn prune(db: &impl ConnectionTrait, before: Timestamp) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::ExpiresAtUs.lte(before.micros())).exec(db).await?;
    Ok(())
}
