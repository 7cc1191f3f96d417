//! Rows of rules. Only those that hold are ever asked for; the others are history.

use std::collections::BTreeMap;

use entity::federation_rule::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use crate::db::DbError;
use crate::federation::model::{Claims, Reach, Rule};
use crate::types::{EventId, ProjectId, RuleId, Timestamp};

/// Rules of one issuer and key that are looked at, unless one is named.
const MAX_CANDIDATES: u64 = 1000;

fn current() -> Select<Entity> {
    Entity::find().filter(Column::ValidToUs.is_null())
}

/// Rules of an issuer that have one of these keys, oldest first; of one project, or all.
pub async fn candidates(
    db: &impl ConnectionTrait,
    issuer: &str,
    keys: &[String],
    project: Option<ProjectId>,
) -> Result<Vec<Rule>, DbError> {
    let mut rules = current()
        .filter(Column::Issuer.eq(issuer))
        .filter(Column::Key.is_in(keys.iter().map(String::as_str)))
        .order_by_asc(Column::Id)
        .limit(MAX_CANDIDATES);
    if let Some(project) = project {
        rules = rules.filter(Column::ProjectId.eq(project.uuid()));
    }
    rules.all(db).await?.into_iter().map(of_row).collect()
}

/// A rule that holds.
pub async fn find(db: &impl ConnectionTrait, id: RuleId) -> Result<Option<Rule>, DbError> {
    current().filter(Column::Id.eq(id.uuid())).one(db).await?.map(of_row).transpose()
}

/// Rules oldest first, behind `after`, at most `limit`; of one project, or all.
pub async fn list(
    db: &impl ConnectionTrait,
    project: Option<ProjectId>,
    after: Option<RuleId>,
    limit: u64,
) -> Result<Vec<Rule>, DbError> {
    let mut query = current().order_by_asc(Column::Id).limit(limit);
    if let Some(project) = project {
        query = query.filter(Column::ProjectId.eq(project.uuid()));
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// How many rules a project has.
pub async fn count(db: &impl ConnectionTrait, project: ProjectId) -> Result<u64, DbError> {
    Ok(current().filter(Column::ProjectId.eq(project.uuid())).count(db).await?)
}

/// Opens a rule.
pub async fn open(db: &impl ConnectionTrait, rule: &Rule, event: EventId) -> Result<(), DbError> {
    let claims =
        serde_json::to_string(rule.claims.all()).map_err(|error| DbError::corrupt("claims", error))?;
    let actions: Vec<_> = rule.reach.actions.iter().map(|action| action.as_str()).collect();
    let row = ActiveModel {
        id: Set(rule.id.uuid()),
        project_id: Set(rule.project.uuid()),
        issuer: Set(rule.issuer.clone()),
        key: Set(rule.claims.key().to_owned()),
        claims: Set(claims),
        account_id: Set(rule.account.uuid()),
        prefix: Set(rule.reach.prefix.to_string()),
        actions: Set(actions.join(",")),
        lifetime_s: Set(i64::try_from(rule.lifetime.seconds()).unwrap_or(i64::MAX)),
        valid_from_us: Set(rule.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Closes a rule that still holds; says whether it did.
pub async fn close(
    db: &impl ConnectionTrait,
    id: RuleId,
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

fn of_row(row: Model) -> Result<Rule, DbError> {
    let claims: BTreeMap<String, String> =
        serde_json::from_str(&row.claims).map_err(|_| DbError::corrupt("federation_rule.claims", row.id))?;
    let actions = row.actions.split(',').map(str::parse).collect::<Result<Vec<_>, _>>();
    let lifetime = u64::try_from(row.lifetime_s).ok().and_then(|seconds| seconds.try_into().ok());
    Ok(Rule {
        id: row.id.into(),
        project: row.project_id.into(),
        issuer: row.issuer,
        claims: Claims::stored(claims, row.key),
        account: row.account_id.into(),
        reach: Reach {
            prefix: row
                .prefix
                .parse()
                .map_err(|_| DbError::corrupt("federation_rule.prefix", &row.prefix))?,
            actions: actions.map_err(|_| DbError::corrupt("federation_rule.actions", &row.actions))?,
        },
        lifetime: lifetime.ok_or_else(|| DbError::corrupt("federation_rule.lifetime_s", row.lifetime_s))?,
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
