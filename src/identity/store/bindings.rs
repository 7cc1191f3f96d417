//! Rows of role bindings. Only those that are not closed are ever asked for; the others are history. One that has an end
//! and is past it stays until it is closed, so its end must be looked at.

use entity::account;
use entity::role_binding::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, RelationDef, Select,
};

use crate::db::DbError;
use crate::identity::model::{BaseScope, Binding, BindingScope, Role, UserName};
use crate::types::{AccountId, BindingId, EventId, ProjectId, Timestamp};

/// Bindings that hold, joined with their accounts.
fn current() -> Select<Entity> {
    let accounts: RelationDef =
        Entity::belongs_to(account::Entity).from(Column::AccountId).to(account::Column::Id).into();
    Entity::find().join(JoinType::InnerJoin, accounts).filter(Column::ValidToUs.is_null())
}

/// What an account holds, unless it is disabled.
pub async fn of_enabled(db: &impl ConnectionTrait, account: AccountId) -> Result<Vec<Binding>, DbError> {
    let rows = enabled(account).all(db).await?;
    rows.into_iter().map(of_row).collect()
}

fn enabled(account: AccountId) -> Select<Entity> {
    current().filter(Column::AccountId.eq(account.uuid())).filter(account::Column::DisabledAtUs.is_null())
}

/// How many accounts besides this one can log in and have a role for the organisation, without an end: one that ends by
/// itself keeps nothing going.
pub async fn others_with(db: &impl ConnectionTrait, role: Role, account: AccountId) -> Result<u64, DbError> {
    let others = current()
        .filter(Column::Role.eq(role.as_str()))
        .filter(Column::ProjectId.is_null())
        .filter(Column::Environment.is_null())
        .filter(Column::ExpiresAtUs.is_null())
        .filter(Column::AccountId.ne(account.uuid()))
        .filter(account::Column::DisabledAtUs.is_null());
    Ok(others.count(db).await?)
}

/// The accounts that can log in and have a role for the organisation.
pub async fn enabled_with(db: &impl ConnectionTrait, role: Role) -> Result<Vec<AccountId>, DbError> {
    let rows = current()
        .filter(Column::Role.eq(role.as_str()))
        .filter(Column::ProjectId.is_null())
        .filter(Column::Environment.is_null())
        .filter(account::Column::DisabledAtUs.is_null())
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.account_id.into()).collect())
}

/// How many an account holds in a project and below prefixes of it, or for the organisation when it is none.
pub async fn count_in(
    db: &impl ConnectionTrait,
    account: AccountId,
    project: Option<ProjectId>,
) -> Result<u64, DbError> {
    let held = Entity::find()
        .filter(Column::ValidToUs.is_null())
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(
            project
                .map_or_else(|| Column::ProjectId.is_null(), |project| Column::ProjectId.eq(project.uuid())),
        );
    Ok(held.count(db).await?)
}

/// Which bindings to list; every field that is set narrows the list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub account: Option<AccountId>,
    pub project: Option<ProjectId>,
    /// Only bindings behind this one.
    pub after: Option<BindingId>,
}

/// Bindings with their accounts' names, oldest first, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: Filter,
    limit: u64,
) -> Result<Vec<(Binding, UserName)>, DbError> {
    let mut query = current().order_by_asc(Column::Id).limit(limit);
    if let Some(account) = filter.account {
        query = query.filter(Column::AccountId.eq(account.uuid()));
    }
    if let Some(project) = filter.project {
        query = query.filter(Column::ProjectId.eq(project.uuid()));
    }
    if let Some(after) = filter.after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    let rows = query.select_also(account::Entity).all(db).await?;
    rows.into_iter()
        .map(|(binding, account)| {
            let name = account.map(|account| account.name).unwrap_or_default();
            let user = name.parse().map_err(|_| DbError::corrupt("account.name", &name))?;
            Ok((of_row(binding)?, user))
        })
        .collect()
}

/// A binding that holds.
pub async fn find(db: &impl ConnectionTrait, id: BindingId) -> Result<Option<Binding>, DbError> {
    current().filter(Column::Id.eq(id.uuid())).one(db).await?.map(of_row).transpose()
}

/// The binding that gives an account this role at this scope.
pub async fn find_same(
    db: &impl ConnectionTrait,
    account: AccountId,
    role: Role,
    scope: &BindingScope,
) -> Result<Option<Binding>, DbError> {
    let same = current()
        .filter(Column::AccountId.eq(account.uuid()))
        .filter(Column::Role.eq(role.as_str()))
        .filter(Column::ScopeKey.eq(scope.key()));
    same.one(db).await?.map(of_row).transpose()
}

/// Bindings that have ended and are not closed yet, at most `limit`.
pub async fn expired(db: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Binding>, DbError> {
    let ended = Entity::find()
        .filter(Column::ValidToUs.is_null())
        .filter(Column::ExpiresAtUs.lte(now.micros()))
        .order_by_asc(Column::ExpiresAtUs)
        .limit(limit);
    ended.all(db).await?.into_iter().map(of_row).collect()
}

/// Opens a binding, unless the same one holds; says whether it did.
pub async fn open(db: &impl ConnectionTrait, binding: &Binding, event: EventId) -> Result<bool, DbError> {
    let row = ActiveModel {
        id: Set(binding.id.uuid()),
        account_id: Set(binding.account.uuid()),
        role: Set(binding.role.as_str().to_owned()),
        project_id: Set(binding.scope.project().map(ProjectId::uuid)),
        prefix: Set(binding.scope.base.prefix().map(ToString::to_string).unwrap_or_default()),
        scope_key: Set(binding.scope.key()),
        valid_from_us: Set(binding.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
        expires_at_us: Set(binding.expires_at.map(Timestamp::micros)),
        environment: Set(binding.scope.environment.as_ref().map(ToString::to_string)),
    };
    let conflict = OnConflict::columns([Column::AccountId, Column::Role, Column::ScopeKey])
        .target_and_where(Expr::col(Column::ValidToUs).is_null())
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(inserted == 1)
}

/// Closes a binding that still holds; says whether it did.
pub async fn close(
    db: &impl ConnectionTrait,
    id: BindingId,
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

fn of_row(row: Model) -> Result<Binding, DbError> {
    let base = match (row.project_id, row.prefix.as_str()) {
        (None, _) => BaseScope::Organisation,
        (Some(project), "") => BaseScope::Project(project.into()),
        (Some(project), prefix) => {
            let prefix = prefix.parse().map_err(|_| DbError::corrupt("role_binding.prefix", prefix))?;
            BaseScope::Prefix(project.into(), prefix)
        }
    };
    let selector = row
        .environment
        .map(|text| text.parse().map_err(|_| DbError::corrupt("role_binding.environment", &text)));
    Ok(Binding {
        id: row.id.into(),
        account: row.account_id.into(),
        role: row.role.parse().map_err(|_| DbError::corrupt("role_binding.role", &row.role))?,
        scope: BindingScope { base, environment: selector.transpose()? },
        since: Timestamp::from_micros(row.valid_from_us),
        expires_at: row.expires_at_us.map(Timestamp::from_micros),
    })
}
