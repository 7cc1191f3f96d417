//! Rows of accounts.

use std::collections::HashMap;

use entity::account::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use secrecy::ExposeSecret;

use crate::db::DbError;
use crate::identity::model::{Account, AccountKind, UserName};
use crate::types::{AccountId, EventId, ProjectId, Timestamp};

/// The account of a name.
pub async fn find_by_name(db: &impl ConnectionTrait, name: &UserName) -> Result<Option<Account>, DbError> {
    Entity::find().filter(Column::Name.eq(name.as_str())).one(db).await?.map(of_row).transpose()
}

/// The account of an id.
pub async fn find(db: &impl ConnectionTrait, id: AccountId) -> Result<Option<Account>, DbError> {
    Entity::find_by_id(id.uuid()).one(db).await?.map(of_row).transpose()
}

/// Accounts of a kind by name behind `after`, at most `limit`; of a project if one is named.
pub async fn list(
    db: &impl ConnectionTrait,
    kind: AccountKind,
    project: Option<ProjectId>,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Account>, DbError> {
    let mut query =
        Entity::find().filter(Column::Kind.eq(kind.as_str())).order_by_asc(Column::Name).limit(limit);
    if let Some(project) = project {
        query = query.filter(Column::ProjectId.eq(project.uuid()));
    }
    if let Some(after) = after {
        query = query.filter(Column::Name.gt(after));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// The names of accounts.
pub async fn names(
    db: &impl ConnectionTrait,
    ids: &[AccountId],
) -> Result<HashMap<AccountId, UserName>, DbError> {
    let rows = Entity::find().filter(Column::Id.is_in(ids.iter().map(|id| id.uuid()))).all(db).await?;
    let named = |row: Model| of_row(row).map(|account| (account.id, account.name));
    rows.into_iter().map(named).collect()
}

/// Whether there is any account.
pub async fn any(db: &impl ConnectionTrait) -> Result<bool, DbError> {
    Ok(Entity::find().limit(1).count(db).await? > 0)
}

/// Adds an account, unless one has its name; says whether it did.
pub async fn insert(db: &impl ConnectionTrait, account: &Account, event: EventId) -> Result<bool, DbError> {
    let password_hash = account.password_hash.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    let row = ActiveModel {
        id: Set(account.id.uuid()),
        name: Set(account.name.as_str().to_owned()),
        password_hash: Set(password_hash.to_owned()),
        created_at_us: Set(account.created_at.micros()),
        disabled_at_us: Set(None),
        from_event: Set(event.uuid()),
        kind: Set(account.kind.as_str().to_owned()),
        project_id: Set(account.project.map(ProjectId::uuid)),
    };
    let inserted = Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Name).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// Sets another password. A secret is no fact: the one before is not kept.
pub async fn set_password(
    db: &impl ConnectionTrait,
    id: AccountId,
    password_hash: &str,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::PasswordHash, Expr::value(password_hash))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Sets since when it can't log in.
pub async fn set_disabled(
    db: &impl ConnectionTrait,
    id: AccountId,
    disabled_at: Option<Timestamp>,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::DisabledAtUs, Expr::value(disabled_at.map(Timestamp::micros)))
        .filter(Column::Id.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

fn of_row(row: Model) -> Result<Account, DbError> {
    Ok(Account {
        id: row.id.into(),
        name: row.name.parse().map_err(|_| DbError::corrupt("account.name", &row.name))?,
        created_at: Timestamp::from_micros(row.created_at_us),
        disabled_at: row.disabled_at_us.map(Timestamp::from_micros),
        password_hash: Some(row.password_hash).filter(|hash| !hash.is_empty()).map(Into::into),
        kind: match row.kind.as_str() {
            "user" => AccountKind::User,
            "service" => AccountKind::Service,
            other => return Err(DbError::corrupt("account.kind", other)),
        },
        project: row.project_id.map(Into::into),
    })
}
