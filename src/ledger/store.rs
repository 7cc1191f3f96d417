//! Rows of events and of the personal data that they commit to.

use entity::{event, personal_data};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::value::RawValue;

use super::model::{Event, Sealed, StoredEvent};
use crate::db::DbError;
use crate::types::{AccountId, EventId, ProjectId};

/// Appends an event. The database's sequence gives it its place in the order.
pub async fn append(db: &impl ConnectionTrait, event: &Event, sealed: Sealed) -> Result<(), DbError> {
    if let Some(personal) = sealed.personal {
        let row = personal_data::ActiveModel {
            event_id: Set(event.id.uuid()),
            salt: Set(personal.salt.to_vec()),
            content: Set(personal.content),
        };
        personal_data::Entity::insert(row).exec_without_returning(db).await?;
    }
    let row = event::ActiveModel {
        seq: NotSet,
        id: Set(event.id.uuid()),
        kind: Set(sealed.kind),
        at_us: Set(event.at.micros()),
        project_id: Set(event.project.map(ProjectId::uuid)),
        actor_id: Set(event.actor.map(AccountId::uuid)),
        leaf: Set(sealed.leaf),
    };
    event::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Which events to list; every field that is set narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub kind: Option<String>,
    pub project: Option<ProjectId>,
    pub actor: Option<AccountId>,
    /// Only events behind this sequence number.
    pub after_seq: Option<i64>,
}

/// Events in ledger order, at most `limit`.
pub async fn list(
    db: &impl ConnectionTrait,
    filter: &Filter,
    limit: u64,
) -> Result<Vec<StoredEvent>, DbError> {
    let mut query = event::Entity::find().order_by_asc(event::Column::Seq).limit(limit);
    if let Some(kind) = &filter.kind {
        query = query.filter(event::Column::Kind.eq(kind));
    }
    if let Some(project) = filter.project {
        query = query.filter(event::Column::ProjectId.eq(project.uuid()));
    }
    if let Some(actor) = filter.actor {
        query = query.filter(event::Column::ActorId.eq(actor.uuid()));
    }
    if let Some(seq) = filter.after_seq {
        query = query.filter(event::Column::Seq.gt(seq));
    }
    query.all(db).await?.into_iter().map(stored).collect()
}

/// One event.
pub async fn find(db: &impl ConnectionTrait, id: EventId) -> Result<Option<StoredEvent>, DbError> {
    let row = event::Entity::find().filter(event::Column::Id.eq(id.uuid())).one(db).await?;
    row.map(stored).transpose()
}

fn stored(row: event::Model) -> Result<StoredEvent, DbError> {
    let text = String::from_utf8(row.leaf).map_err(|error| DbError::corrupt("event.leaf", error))?;
    let leaf = RawValue::from_string(text).map_err(|error| DbError::corrupt("event.leaf", error))?;
    Ok(StoredEvent { seq: row.seq, leaf })
}
