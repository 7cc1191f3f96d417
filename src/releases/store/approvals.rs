//! Rows of approvals, and of what outside systems answered about tickets.

use entity::{approval, personal_data, ticket_answer};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use uuid::Uuid;

use crate::db::{DbError, chunks};
use crate::releases::model::{Approval, Rules};
use crate::types::{AccountId, EventId, PromotionId, Timestamp};

/// All approvals of a promotion, oldest first.
pub async fn list(db: &impl ConnectionTrait, promotion: PromotionId) -> Result<Vec<Approval>, DbError> {
    let rows = approval::Entity::find()
        .filter(approval::Column::PromotionId.eq(promotion.uuid()))
        .order_by_asc(approval::Column::AtUs)
        .order_by_asc(approval::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// Adds what an account says, unless it said the same under the same rules; says whether it did. A no may follow a yes.
pub async fn insert(db: &impl ConnectionTrait, approval: &Approval) -> Result<bool, DbError> {
    use approval::Column;

    let row = approval::ActiveModel {
        id: Set(approval.id.uuid()),
        promotion_id: Set(approval.promotion.uuid()),
        account_id: Set(approval.account.uuid()),
        verdict: Set(Approval::verdict(approval.approves).to_owned()),
        lifecycle_revision: Set(approval.rules.lifecycle_revision),
        policy: Set(approval.rules.policy.clone()),
        at_us: Set(approval.at.micros()),
        from_event: Set(approval.event.uuid()),
    };
    let once =
        [Column::PromotionId, Column::AccountId, Column::LifecycleRevision, Column::Policy, Column::Verdict];
    let conflict = OnConflict::columns(once).do_nothing().to_owned();
    Ok(approval::Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await? == 1)
}

/// What people said beside their yes or no, by event, as far as it was not erased.
pub async fn comments(
    db: &impl ConnectionTrait,
    events: &[EventId],
) -> Result<Vec<(EventId, String)>, DbError> {
    #[derive(Deserialize)]
    struct Content {
        comment: Option<String>,
    }
    let mut said = Vec::new();
    for some in chunks(events) {
        let ids = some.iter().map(|id| id.uuid());
        let rows = personal_data::Entity::find().filter(personal_data::Column::EventId.is_in(ids));
        for row in rows.all(db).await? {
            let content: Content = serde_json::from_slice(&row.content)
                .map_err(|error| DbError::corrupt("personal_data.content", error))?;
            said.extend(content.comment.map(|comment| (row.event_id.into(), comment)));
        }
    }
    Ok(said)
}

fn of_row(row: approval::Model) -> Approval {
    Approval {
        id: row.id.into(),
        promotion: row.promotion_id.into(),
        account: row.account_id.into(),
        approves: row.verdict == Approval::verdict(true),
        rules: Rules { lifecycle_revision: row.lifecycle_revision, policy: row.policy },
        at: Timestamp::from_micros(row.at_us),
        event: row.from_event.into(),
    }
}

/// What an outside system answered about a promotion's ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketAnswer {
    pub id: Uuid,
    pub promotion: PromotionId,
    pub approved: bool,
    pub reference: Option<String>,
    pub account: Option<AccountId>,
    pub at: Timestamp,
}

/// As the API, the database and events write an answer.
pub const fn answer(approved: bool) -> &'static str {
    if approved { "approved" } else { "rejected" }
}

/// The last answer about a promotion's ticket.
pub async fn ticket_answer(
    db: &impl ConnectionTrait,
    promotion: PromotionId,
) -> Result<Option<TicketAnswer>, DbError> {
    let row = ticket_answer::Entity::find()
        .filter(ticket_answer::Column::PromotionId.eq(promotion.uuid()))
        .order_by_desc(ticket_answer::Column::AtUs)
        .order_by_desc(ticket_answer::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(|row| TicketAnswer {
        id: row.id,
        promotion: row.promotion_id.into(),
        approved: row.verdict == answer(true),
        reference: row.reference,
        account: row.account_id.map(Into::into),
        at: Timestamp::from_micros(row.at_us),
    }))
}

/// Keeps an answer.
pub async fn insert_answer(
    db: &impl ConnectionTrait,
    kept: &TicketAnswer,
    event: EventId,
) -> Result<(), DbError> {
    let row = ticket_answer::ActiveModel {
        id: Set(kept.id),
        promotion_id: Set(kept.promotion.uuid()),
        account_id: Set(kept.account.map(AccountId::uuid)),
        verdict: Set(answer(kept.approved).to_owned()),
        reference: Set(kept.reference.clone()),
        at_us: Set(kept.at.micros()),
        from_event: Set(event.uuid()),
    };
    ticket_answer::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
