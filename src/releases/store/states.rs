//! Rows of the states that promotions were in.

use entity::promotion_state::{ActiveModel, Column, Entity};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::promotions::in_state;
use crate::db::DbError;
use crate::releases::model::{InState, Promotion, PromotionState, REOPENED};
use crate::types::{EnvironmentId, EventId, ProjectId, PromotionId, ReleaseId, ReleaseName, Timestamp};

/// Most spans of one promotion that are shown.
const MOST: u64 = 1000;

/// Puts a promotion into a state.
pub async fn open(
    db: &impl ConnectionTrait,
    promotion: &Promotion,
    state: &InState,
    event: EventId,
) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        promotion_id: Set(promotion.id.uuid()),
        project_id: Set(promotion.project.uuid()),
        environment_id: Set(promotion.environment.uuid()),
        line: Set(promotion.line.as_str().to_owned()),
        state: Set(state.state.as_str().to_owned()),
        why: Set(state.why.clone()),
        lifecycle_revision: Set(state.rules.lifecycle_revision),
        policy: Set(state.rules.policy.clone()),
        valid_from_us: Set(state.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Ends the span in which a promotion is in a state, if it is; says whether it was.
pub async fn close(
    db: &impl ConnectionTrait,
    promotion: PromotionId,
    state: PromotionState,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::PromotionId.eq(promotion.uuid()))
        .filter(Column::State.eq(state.as_str()))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// All states that a promotion was in, oldest first.
pub async fn history(db: &impl ConnectionTrait, promotion: PromotionId) -> Result<Vec<InState>, DbError> {
    let rows = Entity::find()
        .filter(Column::PromotionId.eq(promotion.uuid()))
        .order_by_asc(Column::ValidFromUs)
        .order_by_asc(Column::Id)
        .limit(MOST)
        .all(db)
        .await?;
    rows.into_iter().map(in_state).collect()
}

/// The promotions that states are of.
fn promotions() -> sea_orm::RelationDef {
    use entity::promotion;
    Entity::belongs_to(promotion::Entity).from(Column::PromotionId).to(promotion::Column::Id).into()
}

/// The admissions that states are of.
fn admissions() -> sea_orm::RelationDef {
    use entity::admission;
    Entity::belongs_to(admission::Entity).from(Column::PromotionId).to(admission::Column::PromotionId).into()
}

/// Since when releases of a line are verified in environments: those that the environments point at, and whose promotion is in
/// that state now. The time runs anew when it was verified anew. What was let in by breaking the glass does not count: its
/// gates were never passed. Nor does what was reopened: it would not pass them now.
pub async fn verified_since(
    db: &impl ConnectionTrait,
    project: ProjectId,
    line: &ReleaseName,
    release: ReleaseId,
    environments: &[EnvironmentId],
) -> Result<Vec<(EnvironmentId, Timestamp)>, DbError> {
    use entity::{admission, promotion};
    let rows: Vec<(Uuid, i64)> = Entity::find()
        .select_only()
        .column(admission::Column::EnvironmentId)
        .column(Column::ValidFromUs)
        .join(sea_orm::JoinType::InnerJoin, promotions())
        .join(sea_orm::JoinType::InnerJoin, admissions())
        .filter(admission::Column::ProjectId.eq(project.uuid()))
        .filter(admission::Column::Line.eq(line.as_str()))
        .filter(admission::Column::ReleaseId.eq(release.uuid()))
        .filter(admission::Column::EnvironmentId.is_in(environments.iter().map(|id| id.uuid())))
        .filter(admission::Column::ValidToUs.is_null())
        .filter(promotion::Column::GlassUntilUs.is_null())
        .filter(Column::State.eq(PromotionState::Verified.as_str()))
        .filter(Column::Why.ne(REOPENED))
        .filter(Column::ValidToUs.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, since)| (id.into(), Timestamp::from_micros(since))).collect())
}

/// Whether a release was ever verified in an environment.
pub async fn was_verified(
    db: &impl ConnectionTrait,
    release: ReleaseId,
    environment: EnvironmentId,
) -> Result<bool, DbError> {
    Ok(!verified_releases(db, Some(release), None, None, environment, 1).await?.is_empty())
}

/// Releases of a line that were ever verified in an environment, with when they were last, newest first; not those that only
/// broken glass let in.
pub async fn verified_releases(
    db: &impl ConnectionTrait,
    release: Option<ReleaseId>,
    project: Option<ProjectId>,
    line: Option<&ReleaseName>,
    environment: EnvironmentId,
    limit: u64,
) -> Result<Vec<(ReleaseId, Timestamp)>, DbError> {
    use entity::promotion;
    let mut query = Entity::find()
        .select_only()
        .column(promotion::Column::ReleaseId)
        .column_as(Column::ValidFromUs.max(), "last")
        .join(sea_orm::JoinType::InnerJoin, promotions())
        .filter(Column::EnvironmentId.eq(environment.uuid()))
        .filter(Column::State.eq(PromotionState::Verified.as_str()))
        .filter(promotion::Column::GlassUntilUs.is_null())
        .group_by(promotion::Column::ReleaseId)
        .order_by_desc(Expr::cust("last"))
        .limit(limit);
    if let Some(release) = release {
        query = query.filter(promotion::Column::ReleaseId.eq(release.uuid()));
    }
    if let Some(project) = project {
        query = query.filter(Column::ProjectId.eq(project.uuid()));
    }
    if let Some(line) = line {
        query = query.filter(Column::Line.eq(line.as_str()));
    }
    let rows: Vec<(Uuid, i64)> = query.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(release, last)| (release.into(), Timestamp::from_micros(last))).collect())
}
