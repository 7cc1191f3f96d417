//! Rows of reviews that emergency admissions owe, or that were given.

use entity::review::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::DbError;
use crate::releases::model::Review;
use crate::types::{AccountId, EventId, ProjectId, PromotionId, Timestamp};

/// The review of an emergency admission.
pub async fn find(db: &impl ConnectionTrait, promotion: PromotionId) -> Result<Option<Review>, DbError> {
    Ok(Entity::find_by_id(promotion.uuid()).one(db).await?.map(of_row))
}

/// A review of a project that is owed and late, if there is one: the longest.
pub async fn overdue(
    db: &impl ConnectionTrait,
    project: ProjectId,
    now: Timestamp,
) -> Result<Option<Review>, DbError> {
    let query = Entity::find()
        .filter(Column::ProjectId.eq(project.uuid()))
        .filter(Column::ValidToUs.is_null())
        .filter(Column::DueAtUs.lte(now.micros()))
        .order_by_asc(Column::DueAtUs);
    Ok(query.one(db).await?.map(of_row))
}

/// The reviews of a project, oldest first: those that are owed, or all.
pub async fn list(
    db: &impl ConnectionTrait,
    project: ProjectId,
    owed: bool,
    after: Option<PromotionId>,
    limit: u64,
) -> Result<Vec<Review>, DbError> {
    let mut query =
        Entity::find().filter(Column::ProjectId.eq(project.uuid())).order_by_asc(Column::Id).limit(limit);
    if owed {
        query = query.filter(Column::ValidToUs.is_null());
    }
    if let Some(after) = after {
        query = query.filter(Column::Id.gt(after.uuid()));
    }
    Ok(query.all(db).await?.into_iter().map(of_row).collect())
}

/// Adds a review that is owed.
pub async fn open(db: &impl ConnectionTrait, review: &Review, event: EventId) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(review.promotion.uuid()),
        project_id: Set(review.project.uuid()),
        promotion_id: Set(review.promotion.uuid()),
        used_by: Set(review.used_by.map(AccountId::uuid)),
        due_at_us: Set(review.due_at.micros()),
        reviewed_by: Set(None),
        verdict: Set(None),
        valid_from_us: Set(review.since.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Notes a review that was owed as given; says whether it was owed.
pub async fn close(
    db: &impl ConnectionTrait,
    promotion: PromotionId,
    by: Option<AccountId>,
    is_justified: bool,
    at: Timestamp,
    event: EventId,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::ReviewedBy, Expr::value(by.map(AccountId::uuid)))
        .col_expr(Column::Verdict, Expr::value(Review::verdict(is_justified)))
        .col_expr(Column::ValidToUs, Expr::value(at.micros()))
        .col_expr(Column::ToEvent, Expr::value(event.uuid()))
        .filter(Column::Id.eq(promotion.uuid()))
        .filter(Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

fn of_row(row: Model) -> Review {
    let is_justified = row.verdict.as_deref() == Some(Review::verdict(true));
    Review {
        promotion: row.promotion_id.into(),
        project: row.project_id.into(),
        used_by: row.used_by.map(Into::into),
        due_at: Timestamp::from_micros(row.due_at_us),
        since: Timestamp::from_micros(row.valid_from_us),
        given: row
            .reviewed_by
            .zip(row.valid_to_us)
            .map(|(by, at)| (by.into(), Timestamp::from_micros(at), is_justified)),
    }
}
