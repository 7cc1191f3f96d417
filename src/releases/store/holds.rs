//! Rows of holds of auto-promotion.

use entity::auto_promotion_hold::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::parsed;
use crate::db::DbError;
use crate::releases::model::Hold;
use crate::types::{EnvironmentId, EventId, ProjectId, ReleaseName, Timestamp};

/// The hold of a line in an environment.
pub async fn find(
    db: &impl ConnectionTrait,
    project: ProjectId,
    environment: EnvironmentId,
    line: &ReleaseName,
) -> Result<Option<Hold>, DbError> {
    let query = Entity::find()
        .filter(Column::EnvironmentId.eq(environment.uuid()))
        .filter(Column::ProjectId.eq(project.uuid()))
        .filter(Column::Line.eq(line.as_str()))
        .filter(Column::ValidToUs.is_null());
    query.one(db).await?.map(of_row).transpose()
}

/// Adds a hold, unless there is one; says whether it did.
pub async fn open(db: &impl ConnectionTrait, hold: &Hold, event: EventId) -> Result<bool, DbError> {
    let row = ActiveModel {
        id: Set(hold.promotion.uuid()),
        project_id: Set(hold.project.uuid()),
        environment_id: Set(hold.environment.uuid()),
        line: Set(hold.line.as_str().to_owned()),
        promotion_id: Set(hold.promotion.uuid()),
        valid_from_us: Set(hold.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    let conflict = OnConflict::columns([Column::EnvironmentId, Column::ProjectId, Column::Line])
        .target_and_where(Expr::col(Column::ValidToUs).is_null())
        .do_nothing()
        .to_owned();
    Ok(Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await? == 1)
}

/// Ends a hold; says whether it held.
pub async fn close(
    db: &impl ConnectionTrait,
    hold: uuid::Uuid,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::Id.eq(hold))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

fn of_row(row: Model) -> Result<Hold, DbError> {
    Ok(Hold {
        promotion: row.promotion_id.into(),
        project: row.project_id.into(),
        environment: row.environment_id.into(),
        line: parsed(&row.line, "auto_promotion_hold.line")?,
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
