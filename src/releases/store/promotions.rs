//! Rows of promotions, with how they stand.

use entity::{promotion, promotion_state};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    SelectTwo,
};

use super::parsed;
use crate::db::DbError;
use crate::releases::model::{InState, Promotion, PromotionNow, PromotionState, Rules};
use crate::types::{
    AccountId, EnvironmentId, EventId, ProjectId, PromotionId, ReleaseId, ReleaseName, Timestamp,
};

/// Which promotions to list; every field that is set narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub projects: Option<Vec<ProjectId>>,
    pub environment: Option<EnvironmentId>,
    pub release: Option<ReleaseId>,
    pub line: Option<ReleaseName>,
    pub state: Option<PromotionState>,
    /// Only those before this one.
    pub before: Option<PromotionId>,
}

/// Promotions, each with the state that holds.
fn standing() -> SelectTwo<promotion::Entity, promotion_state::Entity> {
    let states: RelationDef = promotion::Entity::belongs_to(promotion_state::Entity)
        .from(promotion::Column::Id)
        .to(promotion_state::Column::PromotionId)
        .into();
    promotion::Entity::find()
        .join(JoinType::InnerJoin, states)
        .filter(promotion_state::Column::ValidToUs.is_null())
        .select_also(promotion_state::Entity)
}

/// A promotion.
pub async fn find(db: &impl ConnectionTrait, id: PromotionId) -> Result<Option<PromotionNow>, DbError> {
    standing().filter(promotion::Column::Id.eq(id.uuid())).one(db).await?.map(of_row).transpose()
}

/// Promotions, newest first, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<PromotionNow>, DbError> {
    let mut query = standing().order_by_desc(promotion::Column::Id).limit(limit);
    if let Some(projects) = &filter.projects {
        query = query.filter(promotion::Column::ProjectId.is_in(projects.iter().map(|id| id.uuid())));
    }
    if let Some(environment) = filter.environment {
        query = query.filter(promotion::Column::EnvironmentId.eq(environment.uuid()));
    }
    if let Some(release) = filter.release {
        query = query.filter(promotion::Column::ReleaseId.eq(release.uuid()));
    }
    if let Some(line) = &filter.line {
        query = query.filter(promotion::Column::Line.eq(line.as_str()));
    }
    if let Some(state) = filter.state {
        query = query.filter(promotion_state::Column::State.eq(state.as_str()));
    }
    if let Some(before) = filter.before {
        query = query.filter(promotion::Column::Id.lt(before.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// That a promotion may still admit. As its index says it, for SQLite finds a partial index only by its own text, not by a bound
/// value.
pub(super) fn is_pending() -> Expr {
    Expr::cust("state IN ('evaluating', 'blocked', 'awaiting_approval', 'waiting')")
}

/// The promotion of a line that is on its way into an environment, if one is.
pub async fn pending(
    db: &impl ConnectionTrait,
    project: ProjectId,
    environment: EnvironmentId,
    line: &ReleaseName,
) -> Result<Option<PromotionNow>, DbError> {
    let query = standing()
        .filter(promotion_state::Column::EnvironmentId.eq(environment.uuid()))
        .filter(promotion_state::Column::ProjectId.eq(project.uuid()))
        .filter(promotion_state::Column::Line.eq(line.as_str()))
        .filter(is_pending());
    query.one(db).await?.map(of_row).transpose()
}

/// All promotions that are on their way, oldest first, behind `after`.
pub async fn all_pending(
    db: &impl ConnectionTrait,
    after: Option<PromotionId>,
    limit: u64,
) -> Result<Vec<PromotionNow>, DbError> {
    let mut query =
        standing().filter(is_pending()).order_by_asc(promotion_state::Column::PromotionId).limit(limit);
    if let Some(after) = after {
        query = query.filter(promotion_state::Column::PromotionId.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// All promotions that were reopened and are so yet, oldest first, behind `after`.
pub async fn all_reopened(
    db: &impl ConnectionTrait,
    after: Option<PromotionId>,
    limit: u64,
) -> Result<Vec<PromotionNow>, DbError> {
    let mut query = standing()
        .filter(Expr::cust("why = 'reopened'"))
        .order_by_asc(promotion_state::Column::PromotionId)
        .limit(limit);
    if let Some(after) = after {
        query = query.filter(promotion_state::Column::PromotionId.gt(after.uuid()));
    }
    query.all(db).await?.into_iter().map(of_row).collect()
}

/// Adds a promotion.
pub async fn insert(db: &impl ConnectionTrait, promotion: &Promotion, event: EventId) -> Result<(), DbError> {
    let row = promotion::ActiveModel {
        id: Set(promotion.id.uuid()),
        project_id: Set(promotion.project.uuid()),
        environment_id: Set(promotion.environment.uuid()),
        release_id: Set(promotion.release.uuid()),
        line: Set(promotion.line.as_str().to_owned()),
        kind: Set(promotion.kind.as_str().to_owned()),
        ticket: Set(promotion.ticket.clone()),
        justification: Set(promotion.justification.clone()),
        requested_by: Set(promotion.requested_by.map(AccountId::uuid)),
        requested_at_us: Set(promotion.requested_at.micros()),
        start_at_us: Set(promotion.start_at.map(Timestamp::micros)),
        expires_at_us: Set(promotion.expires_at.micros()),
        glass_until_us: Set(promotion.glass_until.map(Timestamp::micros)),
        from_event: Set(event.uuid()),
    };
    promotion::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn of_row(row: (promotion::Model, Option<promotion_state::Model>)) -> Result<PromotionNow, DbError> {
    let (promotion, state) = row;
    let state = state.ok_or_else(|| DbError::corrupt("promotion: in no state", promotion.id))?;
    Ok(PromotionNow {
        promotion: Promotion {
            id: promotion.id.into(),
            project: promotion.project_id.into(),
            environment: promotion.environment_id.into(),
            release: promotion.release_id.into(),
            line: parsed(&promotion.line, "promotion.line")?,
            kind: parsed(&promotion.kind, "promotion.kind")?,
            ticket: promotion.ticket,
            justification: promotion.justification,
            requested_by: promotion.requested_by.map(Into::into),
            requested_at: Timestamp::from_micros(promotion.requested_at_us),
            start_at: promotion.start_at_us.map(Timestamp::from_micros),
            expires_at: Timestamp::from_micros(promotion.expires_at_us),
            glass_until: promotion.glass_until_us.map(Timestamp::from_micros),
        },
        now: in_state(state)?,
    })
}

/// Reads a state's row.
pub(super) fn in_state(row: promotion_state::Model) -> Result<InState, DbError> {
    Ok(InState {
        state: parsed(&row.state, "promotion_state.state")?,
        why: row.why,
        rules: Rules { lifecycle_revision: row.lifecycle_revision, policy: row.policy },
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
