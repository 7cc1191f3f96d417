//! Rows of quarantines.

use entity::quarantine::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::parsed;
use crate::db::DbError;
use crate::releases::model::Quarantine;
use crate::types::{AccountId, EventId, ProjectId, QuarantineId, Timestamp};

/// A quarantine that holds.
pub async fn find(db: &impl ConnectionTrait, id: QuarantineId) -> Result<Option<Quarantine>, DbError> {
    let query = Entity::find_by_id(id.uuid()).filter(Column::ValidToUs.is_null());
    query.one(db).await?.map(of_row).transpose()
}

/// The quarantines that hold in a project, oldest first.
pub async fn list(
    db: &impl ConnectionTrait,
    project: ProjectId,
    after: Option<QuarantineId>,
    limit: u64,
) -> Result<Vec<Quarantine>, DbError> {
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

/// Adds a quarantine, unless one holds over the manifest; says whether it did.
pub async fn open(
    db: &impl ConnectionTrait,
    quarantine: &Quarantine,
    event: EventId,
) -> Result<bool, DbError> {
    let row = ActiveModel {
        id: Set(quarantine.id.uuid()),
        project_id: Set(quarantine.project.uuid()),
        digest: Set(quarantine.digest.to_string()),
        reason: Set(quarantine.reason.clone()),
        set_by: Set(quarantine.set_by.map(AccountId::uuid)),
        valid_from_us: Set(quarantine.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    let conflict = OnConflict::columns([Column::ProjectId, Column::Digest])
        .target_and_where(Expr::col(Column::ValidToUs).is_null())
        .do_nothing()
        .to_owned();
    Ok(Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await? == 1)
}

/// Lifts a quarantine; says whether it held.
pub async fn close(
    db: &impl ConnectionTrait,
    id: QuarantineId,
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

fn of_row(row: Model) -> Result<Quarantine, DbError> {
    Ok(Quarantine {
        id: row.id.into(),
        project: row.project_id.into(),
        digest: parsed(&row.digest, "quarantine.digest")?,
        reason: row.reason,
        set_by: row.set_by.map(Into::into),
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
