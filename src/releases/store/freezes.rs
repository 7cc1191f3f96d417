//! Rows of freezes.

use entity::freeze::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{json_of, parsed, read_json};
use crate::db::DbError;
use crate::releases::model::Freeze;
use crate::types::{AccountId, EventId, FreezeId, ProjectId, Timestamp};

/// The freezes that were not lifted, of a project and of all.
pub async fn binding(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<Freeze>, DbError> {
    let of_project =
        Condition::any().add(Column::ProjectId.is_null()).add(Column::ProjectId.eq(project.uuid()));
    let query = Entity::find().filter(Column::ValidToUs.is_null()).filter(of_project);
    query.order_by_asc(Column::Id).all(db).await?.into_iter().map(of_row).collect()
}

/// Those of a project alone.
pub async fn over(db: &impl ConnectionTrait, project: ProjectId) -> Result<Vec<Freeze>, DbError> {
    let query = Entity::find()
        .filter(Column::ValidToUs.is_null())
        .filter(Column::ProjectId.eq(project.uuid()))
        .order_by_asc(Column::Id);
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Those of all projects alone.
pub async fn over_all(db: &impl ConnectionTrait) -> Result<Vec<Freeze>, DbError> {
    let query = Entity::find()
        .filter(Column::ValidToUs.is_null())
        .filter(Column::ProjectId.is_null())
        .order_by_asc(Column::Id);
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// A freeze that was not lifted.
pub async fn find(db: &impl ConnectionTrait, id: FreezeId) -> Result<Option<Freeze>, DbError> {
    let query = Entity::find_by_id(id.uuid()).filter(Column::ValidToUs.is_null());
    query.one(db).await?.map(of_row).transpose()
}

/// Freezes that were not lifted, oldest first: of these projects and of all, or every one.
pub async fn list(
    db: &impl ConnectionTrait,
    projects: Option<&[ProjectId]>,
    after: Option<FreezeId>,
    limit: u64,
) -> Result<Vec<Freeze>, DbError> {
    let mut query = Entity::find().filter(Column::ValidToUs.is_null()).order_by_asc(Column::Id).limit(limit);
    if let Some(projects) = projects {
        let ids = projects.iter().map(|id| id.uuid());
        query =
            query.filter(Condition::any().add(Column::ProjectId.is_null()).add(Column::ProjectId.is_in(ids)));
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Freezes that have ended and were not lifted, at most `limit`.
pub async fn ended(db: &impl ConnectionTrait, now: Timestamp, limit: u64) -> Result<Vec<Freeze>, DbError> {
    let query = Entity::find()
        .filter(Column::ValidToUs.is_null())
        .filter(Column::EndsAtUs.lte(now.micros()))
        .order_by_asc(Column::EndsAtUs)
        .limit(limit);
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Adds a freeze.
pub async fn open(db: &impl ConnectionTrait, freeze: &Freeze, event: EventId) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(freeze.id.uuid()),
        project_id: Set(freeze.project.map(ProjectId::uuid)),
        environment: Set(freeze.environment.as_ref().map(ToString::to_string)),
        tier: Set(freeze.tier.map(|tier| tier.as_str().to_owned())),
        reason: Set(freeze.reason.clone()),
        incident: Set(freeze.incident.clone()),
        allowed_kinds: Set(json_of(&freeze.allowed_kinds)?),
        starts_at_us: Set(freeze.starts_at.micros()),
        ends_at_us: Set(freeze.ends_at.map(Timestamp::micros)),
        set_by: Set(freeze.set_by.map(AccountId::uuid)),
        valid_from_us: Set(freeze.set_at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Lifts a freeze; says whether it was there.
pub async fn close(
    db: &impl ConnectionTrait,
    id: FreezeId,
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

fn of_row(row: Model) -> Result<Freeze, DbError> {
    let selector = row.environment.as_deref();
    Ok(Freeze {
        id: row.id.into(),
        project: row.project_id.map(Into::into),
        environment: selector.map(|text| parsed(text, "freeze.environment")).transpose()?,
        tier: row.tier.as_deref().map(|tier| parsed(tier, "freeze.tier")).transpose()?,
        reason: row.reason,
        incident: row.incident,
        allowed_kinds: read_json(&row.allowed_kinds, "freeze.allowed_kinds")?,
        starts_at: Timestamp::from_micros(row.starts_at_us),
        ends_at: row.ends_at_us.map(Timestamp::from_micros),
        set_by: row.set_by.map(Into::into),
        set_at: Timestamp::from_micros(row.valid_from_us),
    })
}
