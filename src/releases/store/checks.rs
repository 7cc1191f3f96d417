//! Rows of what gates said last of promotions: working rows.

use entity::promotion_check::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::{json_of, read_json};
use crate::db::{DbError, chunks};
use crate::releases::model::GateResult;
use crate::types::{PromotionId, Timestamp};

/// What came of asking a promotion's gates.
#[derive(Debug, Clone)]
pub struct Check {
    pub promotion: PromotionId,
    pub gates: Vec<GateResult>,
    /// The sum of the counters that they were asked at.
    pub epochs: i64,
    pub at: Timestamp,
    /// When time alone may alter it.
    pub recheck_at: Option<Timestamp>,
}

/// What came of it last.
pub async fn find(db: &impl ConnectionTrait, promotion: PromotionId) -> Result<Option<Check>, DbError> {
    Entity::find_by_id(promotion.uuid()).one(db).await?.map(of_row).transpose()
}

/// The same of several promotions, without the results: the counters, and when time alone may alter it.
pub async fn of_all(
    db: &impl ConnectionTrait,
    promotions: &[PromotionId],
) -> Result<Vec<(PromotionId, i64, Option<Timestamp>)>, DbError> {
    let mut found = Vec::with_capacity(promotions.len());
    for some in chunks(promotions) {
        let ids = some.iter().map(|id| id.uuid());
        for row in Entity::find().filter(Column::PromotionId.is_in(ids)).all(db).await? {
            found.push((row.promotion_id.into(), row.epochs, row.recheck_at_us.map(Timestamp::from_micros)));
        }
    }
    Ok(found)
}

/// Keeps what came of it, in the place of what came of it before.
pub async fn keep(db: &impl ConnectionTrait, check: &Check) -> Result<(), DbError> {
    let row = ActiveModel {
        promotion_id: Set(check.promotion.uuid()),
        gates: Set(json_of(&check.gates)?),
        epochs: Set(check.epochs),
        checked_at_us: Set(check.at.micros()),
        recheck_at_us: Set(check.recheck_at.map(Timestamp::micros)),
    };
    let conflict = OnConflict::column(Column::PromotionId)
        .update_columns([Column::Gates, Column::Epochs, Column::CheckedAtUs, Column::RecheckAtUs])
        .to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(())
}

fn of_row(row: Model) -> Result<Check, DbError> {
    Ok(Check {
        promotion: row.promotion_id.into(),
        gates: read_json(&row.gates, "promotion_check.gates")?,
        epochs: row.epochs,
        at: Timestamp::from_micros(row.checked_at_us),
        recheck_at: row.recheck_at_us.map(Timestamp::from_micros),
    })
}
