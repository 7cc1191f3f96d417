//! Rows of tokens. Secrets are kept as digests only.

use entity::account;
use entity::token::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select,
};

use crate::access::Narrowing;
use crate::db::DbError;
use crate::identity::model::{Token, TokenKind};
use crate::types::{AccountId, EventId, Sha256Hex, Timestamp, TokenId};

/// Tokens whose accounts can log in.
fn of_enabled() -> Select<Entity> {
    let accounts: RelationDef =
        Entity::belongs_to(account::Entity).from(Column::AccountId).to(account::Column::Id).into();
    Entity::find().join(JoinType::InnerJoin, accounts).filter(account::Column::DisabledAtUs.is_null())
}

/// The token of a secret, unless its account is disabled; and that account's name.
pub async fn find_by_digest(
    db: &impl ConnectionTrait,
    digest: &Sha256Hex,
) -> Result<Option<(Token, String)>, DbError> {
    let found =
        of_enabled().filter(Column::Sha256.eq(digest.as_str())).select_also(account::Entity).one(db).await?;
    found
        .map(|(row, account)| Ok((of_row(row)?, account.map(|account| account.name).unwrap_or_default())))
        .transpose()
}

/// A token, unless its account is disabled.
pub async fn find_usable(db: &impl ConnectionTrait, id: TokenId) -> Result<Option<Token>, DbError> {
    of_enabled().filter(Column::Id.eq(id.uuid())).one(db).await?.map(of_row).transpose()
}

/// A token, whoever's and whatever became of it.
pub async fn find(db: &impl ConnectionTrait, id: TokenId) -> Result<Option<Token>, DbError> {
    Entity::find_by_id(id.uuid()).one(db).await?.map(of_row).transpose()
}

/// An account's tokens that are not revoked, oldest first, behind `after`, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    account: AccountId,
    after: Option<TokenId>,
    limit: u64,
) -> Result<Vec<Token>, DbError> {
    let mut query = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::ValidToUs.is_null())
        .order_by_asc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// An account's tokens of a kind that are good, oldest first, at most `limit`.
pub async fn alive(
    db: &impl ConnectionTrait,
    account: AccountId,
    kind: TokenKind,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Token>, DbError> {
    let not_expired =
        Condition::any().add(Column::ExpiresAtUs.is_null()).add(Column::ExpiresAtUs.gt(now.micros()));
    let rows = Entity::find()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::ValidToUs.is_null())
        .filter(not_expired)
        .order_by_asc(Column::Id)
        .limit(limit);
    rows.all(db).await?.into_iter().map(of_row).collect()
}

/// Keeps a token.
pub async fn insert(
    db: &impl ConnectionTrait,
    token: &Token,
    digest: &Sha256Hex,
    created_by: Option<AccountId>,
    event: EventId,
) -> Result<(), DbError> {
    let narrowing = token.narrowing.as_ref();
    let actions = |narrowing: &Narrowing| {
        narrowing.actions.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(",")
    };
    let row = ActiveModel {
        id: Set(token.id.uuid()),
        kind: Set(token.kind.as_str().to_owned()),
        account_id: Set(token.account.uuid()),
        name: Set(token.name.clone()),
        sha256: Set(digest.as_str().to_owned()),
        prefix: Set(narrowing.and_then(|narrowing| narrowing.prefix.as_ref()).map(ToString::to_string)),
        actions: Set(narrowing.map(actions)),
        service: Set(token.service.clone()),
        expires_at_us: Set(token.expires_at.map(Timestamp::micros)),
        last_used_at_us: Set(None),
        created_by: Set(created_by.map(AccountId::uuid)),
        valid_from_us: Set(token.created_at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Revokes a token that is not; says whether it did.
pub async fn revoke(
    db: &impl ConnectionTrait,
    id: TokenId,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Moves a token's expiry forward to `at`.
pub async fn expire(db: &impl ConnectionTrait, id: TokenId, at: Timestamp) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::ExpiresAtUs, Expr::value(at.micros()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes that a token was used, unless that was noted since `before`.
pub async fn touch(
    db: &impl ConnectionTrait,
    id: TokenId,
    before: Timestamp,
    now: Timestamp,
) -> Result<(), DbError> {
    let stale =
        Expr::col(Column::LastUsedAtUs).is_null().or(Expr::col(Column::LastUsedAtUs).lt(before.micros()));
    Entity::update_many()
        .col_expr(Column::LastUsedAtUs, Expr::value(now.micros()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(stale)
        .exec(db)
        .await?;
    Ok(())
}

fn of_row(row: Model) -> Result<Token, DbError> {
    let actions = row.actions.as_deref().map(|actions| {
        let parsed = actions.split(',').map(str::parse).collect::<Result<Vec<_>, _>>();
        parsed.map_err(|_| DbError::corrupt("token.actions", actions))
    });
    let prefix = row
        .prefix
        .as_deref()
        .map(|prefix| prefix.parse().map_err(|_| DbError::corrupt("token.prefix", prefix)));
    let prefix = prefix.transpose()?;
    let narrowing = actions.transpose()?.map(|actions| Narrowing { prefix, actions });
    let at = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    Ok(Token {
        id: row.id.into(),
        kind: TokenKind::of(&row.kind).ok_or_else(|| DbError::corrupt("token.kind", &row.kind))?,
        account: row.account_id.into(),
        name: row.name,
        narrowing,
        service: row.service,
        created_at: Timestamp::from_micros(row.valid_from_us),
        expires_at: at(row.expires_at_us),
        last_used_at: at(row.last_used_at_us),
        revoked_at: at(row.valid_to_us),
    })
}
