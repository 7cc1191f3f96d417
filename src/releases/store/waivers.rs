//! Rows of waivers.

use entity::waiver::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{json_of, parsed, read_json};
use crate::db::DbError;
use crate::releases::model::Waiver;
use crate::types::{AccountId, EventId, ProjectId, ReleaseId, Timestamp, WaiverId};

/// The waivers of a project that were approved and have not ended.
pub async fn holding(
    db: &impl ConnectionTrait,
    project: ProjectId,
    now: Timestamp,
) -> Result<Vec<Waiver>, DbError> {
    let query = Entity::find()
        .filter(Column::ProjectId.eq(project.uuid()))
        .filter(Column::ValidToUs.is_null())
        .filter(Column::ApprovedAtUs.is_not_null())
        .filter(Column::EndsAtUs.gt(now.micros()))
        .order_by_asc(Column::Id);
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// A waiver that was not withdrawn.
pub async fn find(db: &impl ConnectionTrait, id: WaiverId) -> Result<Option<Waiver>, DbError> {
    let query = Entity::find_by_id(id.uuid()).filter(Column::ValidToUs.is_null());
    query.one(db).await?.map(of_row).transpose()
}

/// The waivers of a project that were not withdrawn, oldest first.
pub async fn list(
    db: &impl ConnectionTrait,
    project: ProjectId,
    after: Option<WaiverId>,
    limit: u64,
) -> Result<Vec<Waiver>, DbError> {
    let mut query = Entity::find()
        .filter(Column::ProjectId.eq(project.uuid()))
        .filter(Column::ValidToUs.is_null())
        .order_by_asc(Column::Id)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Adds a waiver that somebody asks for.
pub async fn open(db: &impl ConnectionTrait, waiver: &Waiver, event: EventId) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(waiver.id.uuid()),
        project_id: Set(waiver.project.uuid()),
        gate: Set(waiver.gate.clone()),
        environment: Set(waiver.environment.as_ref().map(ToString::to_string)),
        release_id: Set(waiver.release.map(ReleaseId::uuid)),
        vulnerabilities: Set(json_of(&waiver.vulnerabilities)?),
        reason: Set(waiver.reason.clone()),
        ends_at_us: Set(waiver.ends_at.micros()),
        asked_by: Set(waiver.asked_by.map(AccountId::uuid)),
        approved_by: Set(None),
        approved_at_us: Set(None),
        valid_from_us: Set(waiver.asked_at.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Notes that somebody approved a waiver that nobody had; says whether it was so.
pub async fn approve(
    db: &impl ConnectionTrait,
    id: WaiverId,
    by: AccountId,
    at: Timestamp,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ApprovedBy, Expr::value(by.uuid()))
        .col_expr(Column::ApprovedAtUs, Expr::value(at.micros()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::ApprovedAtUs.is_null())
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Withdraws a waiver; says whether it was there.
pub async fn close(
    db: &impl ConnectionTrait,
    id: WaiverId,
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

fn of_row(row: Model) -> Result<Waiver, DbError> {
    let selector = row.environment.as_deref();
    Ok(Waiver {
        id: row.id.into(),
        project: row.project_id.into(),
        gate: row.gate,
        environment: selector.map(|text| parsed(text, "waiver.environment")).transpose()?,
        release: row.release_id.map(Into::into),
        vulnerabilities: read_json(&row.vulnerabilities, "waiver.vulnerabilities")?,
        reason: row.reason,
        ends_at: Timestamp::from_micros(row.ends_at_us),
        asked_by: row.asked_by.map(Into::into),
        asked_at: Timestamp::from_micros(row.valid_from_us),
        approved: row
            .approved_by
            .zip(row.approved_at_us)
            .map(|(by, at)| (by.into(), Timestamp::from_micros(at))),
    })
}
