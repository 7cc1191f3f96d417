//! Rows of what environments point at.

use entity::admission::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::parsed;
use crate::db::{DbError, chunks};
use crate::releases::model::Admission;
use crate::types::{AdmissionId, EnvironmentId, EventId, ProjectId, PromotionId, ReleaseName, Timestamp};

/// What an environment points at of a line.
pub async fn current(
    db: &impl ConnectionTrait,
    project: ProjectId,
    environment: EnvironmentId,
    line: &ReleaseName,
) -> Result<Option<Admission>, DbError> {
    let query = Entity::find()
        .filter(Column::EnvironmentId.eq(environment.uuid()))
        .filter(Column::ProjectId.eq(project.uuid()))
        .filter(Column::Line.eq(line.as_str()))
        .filter(Column::ValidToUs.is_null());
    query.one(db).await?.map(of_row).transpose()
}

/// The admission that a promotion brought about, and whether the environment still points at it.
pub async fn of_promotion(
    db: &impl ConnectionTrait,
    promotion: PromotionId,
) -> Result<Option<(Admission, bool)>, DbError> {
    let row = Entity::find().filter(Column::PromotionId.eq(promotion.uuid())).one(db).await?;
    row.map(|row| {
        let is_current = row.valid_to_us.is_none();
        Ok((of_row(row)?, is_current))
    })
    .transpose()
}

/// All that environments point at of some releases.
pub async fn of_releases(
    db: &impl ConnectionTrait,
    releases: &[crate::types::ReleaseId],
) -> Result<Vec<Admission>, DbError> {
    let mut found = Vec::new();
    for some in chunks(releases) {
        let rows = Entity::find()
            .filter(Column::ReleaseId.is_in(some.iter().map(|id| id.uuid())))
            .filter(Column::ValidToUs.is_null())
            .all(db)
            .await?;
        found.extend(rows);
    }
    found.into_iter().map(of_row).collect()
}

/// Points an environment at a release.
pub async fn open(db: &impl ConnectionTrait, admission: &Admission, event: EventId) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(admission.id.uuid()),
        project_id: Set(admission.project.uuid()),
        environment_id: Set(admission.environment.uuid()),
        line: Set(admission.line.as_str().to_owned()),
        release_id: Set(admission.release.uuid()),
        promotion_id: Set(admission.promotion.uuid()),
        drains_until_us: Set(None),
        valid_from_us: Set(admission.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Ends an admission that holds; says whether it did.
pub async fn close(
    db: &impl ConnectionTrait,
    id: AdmissionId,
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

/// The admissions of a line that drain without an end, for their successor was not verified yet.
pub async fn draining(
    db: &impl ConnectionTrait,
    project: ProjectId,
    environment: EnvironmentId,
    line: &ReleaseName,
) -> Result<Vec<AdmissionId>, DbError> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::ProjectId.eq(project.uuid()))
        .filter(Column::EnvironmentId.eq(environment.uuid()))
        .filter(Column::Line.eq(line.as_str()))
        .filter(Column::DrainsUntilUs.is_null())
        .filter(Column::ValidToUs.is_not_null())
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(Into::into).collect())
}

/// Says until when admissions drain.
pub async fn set_drained(
    db: &impl ConnectionTrait,
    ids: &[AdmissionId],
    until: Timestamp,
) -> Result<(), DbError> {
    for some in chunks(ids) {
        Entity::update_many()
            .col_expr(Column::DrainsUntilUs, Expr::value(until.micros()))
            .filter(Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .exec(db)
            .await?;
    }
    Ok(())
}

fn of_row(row: Model) -> Result<Admission, DbError> {
    Ok(Admission {
        id: row.id.into(),
        project: row.project_id.into(),
        environment: row.environment_id.into(),
        line: parsed(&row.line, "admission.line")?,
        release: row.release_id.into(),
        promotion: row.promotion_id.into(),
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
