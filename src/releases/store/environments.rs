//! Rows of environments.

use entity::environment::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::{json_of, labels_of, parsed};
use crate::db::DbError;
use crate::releases::model::{Environment, EnvironmentSettings};
use crate::types::{EnvironmentId, EnvironmentName, EventId, Timestamp};

fn current() -> Select<Entity> {
    Entity::find().filter(Column::ValidToUs.is_null())
}

/// The environment of a name.
pub async fn find(db: &impl ConnectionTrait, name: &EnvironmentName) -> Result<Option<Environment>, DbError> {
    current().filter(Column::Name.eq(name.as_str())).one(db).await?.map(of_row).transpose()
}

/// The environment of an id.
pub async fn find_by_id(
    db: &impl ConnectionTrait,
    id: EnvironmentId,
) -> Result<Option<Environment>, DbError> {
    current().filter(Column::EnvironmentId.eq(id.uuid())).one(db).await?.map(of_row).transpose()
}

/// The environments of these names; one that is not there is missing.
pub async fn of_names(
    db: &impl ConnectionTrait,
    names: &[EnvironmentName],
) -> Result<Vec<Environment>, DbError> {
    let rows =
        current().filter(Column::Name.is_in(names.iter().map(EnvironmentName::as_str))).all(db).await?;
    rows.into_iter().map(of_row).collect()
}

/// Environments by name behind `after`, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<Environment>, DbError> {
    let mut query = current().order_by_asc(Column::Name).limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Name.gt(after));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Opens a revision of an environment, unless another environment has its name; says whether it did.
pub async fn open(
    db: &impl ConnectionTrait,
    environment: &Environment,
    event: EventId,
) -> Result<bool, DbError> {
    let EnvironmentSettings { tier, sensitivity, labels, drain_seconds } = &environment.settings;
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        environment_id: Set(environment.id.uuid()),
        revision: Set(environment.revision),
        name: Set(environment.name.as_str().to_owned()),
        tier: Set(tier.as_str().to_owned()),
        sensitivity: Set(sensitivity.as_str().to_owned()),
        labels: Set(json_of(labels)?),
        drain_seconds: Set(*drain_seconds),
        valid_from_us: Set(environment.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    let conflict = OnConflict::column(Column::Name)
        .target_and_where(Expr::col(Column::ValidToUs).is_null())
        .do_nothing()
        .to_owned();
    Ok(Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await? == 1)
}

/// Closes a revision that still holds; says whether it did.
pub async fn close(
    db: &impl ConnectionTrait,
    id: EnvironmentId,
    revision: i64,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::EnvironmentId.eq(id.uuid()))
        .filter(Column::Revision.eq(revision))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

fn of_row(row: Model) -> Result<Environment, DbError> {
    Ok(Environment {
        id: row.environment_id.into(),
        revision: row.revision,
        name: parsed(&row.name, "environment.name")?,
        settings: EnvironmentSettings {
            tier: parsed(&row.tier, "environment.tier")?,
            sensitivity: parsed(&row.sensitivity, "environment.sensitivity")?,
            labels: labels_of(&row.labels, "environment.labels")?,
            drain_seconds: row.drain_seconds,
        },
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
