//! Rows of events and of the personal data that they commit to; and of the log that they become entries of.

pub mod audit_reads;
pub mod copied;
pub mod cosigned;
pub mod entries;
pub mod head;
pub mod listing;
pub mod tiles;

use entity::{event, personal_data};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde_json::value::RawValue;

use super::model::{Event, RecordedEvent, Sealed, StoredEvent};
use crate::db::{DbError, chunks};
use crate::types::{AccountId, EventId, ProjectId};

/// Appends events, in their order. The database's sequence gives them their places in the ledger's.
pub async fn append(
    db: &impl ConnectionTrait,
    events: impl IntoIterator<Item = (&Event, Sealed)>,
) -> Result<(), DbError> {
    let (mut rows, mut personal_rows) = (Vec::new(), Vec::new());
    for (event, sealed) in events {
        personal_rows.extend(sealed.personal.map(|personal| personal_data::ActiveModel {
            event_id: Set(event.id.uuid()),
            salt: Set(personal.salt.to_vec()),
            content: Set(personal.content),
        }));
        rows.push(event::ActiveModel {
            seq: NotSet,
            id: Set(event.id.uuid()),
            kind: Set(sealed.kind),
            at_us: Set(event.at.micros()),
            project_id: Set(event.project.map(ProjectId::uuid)),
            actor_id: Set(event.actor.map(AccountId::uuid)),
            leaf: Set(sealed.leaf),
        });
    }
    for some in chunks(&personal_rows) {
        personal_data::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    for some in chunks(&rows) {
        event::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
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

/// Puts an event back that was recorded before, at its place and with its bytes.
pub async fn put_back(db: &impl ConnectionTrait, event: &RecordedEvent) -> Result<(), DbError> {
    let row = event::ActiveModel {
        seq: Set(event.seq),
        id: Set(event.id.uuid()),
        kind: Set(event.kind.clone()),
        at_us: Set(event.at.micros()),
        project_id: Set(event.project.map(ProjectId::uuid)),
        actor_id: Set(event.actor.map(AccountId::uuid)),
        leaf: Set(event.leaf.clone()),
    };
    event::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Events behind `after` up to and with `end`, in order: sequence number, id, leaf.
pub async fn span(
    db: &impl ConnectionTrait,
    after: i64,
    end: i64,
    limit: u64,
) -> Result<Vec<(i64, EventId, Vec<u8>)>, DbError> {
    let columns = [event::Column::Seq, event::Column::Id, event::Column::Leaf];
    let span = in_span(after, end, limit).select_only().columns(columns);
    let rows: Vec<(i64, uuid::Uuid, Vec<u8>)> = span.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(seq, id, leaf)| (seq, id.into(), leaf)).collect())
}

/// Events behind `after` up to and with `end`, in order, at most `limit`.
fn in_span(after: i64, end: i64, limit: u64) -> Select<event::Entity> {
    event::Entity::find()
        .filter(event::Column::Seq.gt(after))
        .filter(event::Column::Seq.lte(end))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
}

/// The largest sequence number that is committed; 0 when there is no event.
pub async fn newest_seq(db: &impl ConnectionTrait) -> Result<i64, DbError> {
    let newest: Option<i64> = event::Entity::find()
        .select_only()
        .column(event::Column::Seq)
        .order_by_desc(event::Column::Seq)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(newest.unwrap_or(0))
}

/// The transactions under way that may hold an event which is not committed, by names that are not used again while
/// they are. On SQLite changes are committed in the order of their sequence numbers, so there is none to wait for.
pub async fn open_writers(db: &impl ConnectionTrait) -> Result<Vec<String>, DbError> {
    if db.get_database_backend() == DbBackend::Sqlite {
        return Ok(Vec::new());
    }
    let statement = sea_orm::Statement::from_string(
        db.get_database_backend(),
        "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'event'::regclass \
         AND mode = 'RowExclusiveLock' AND granted \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    );
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| row.try_get_by_index(0).map_err(DbError::from)).collect()
}

/// Sees to it that the next event follows the last one, after some were put back.
pub async fn go_on(db: &impl ConnectionTrait) -> Result<(), DbError> {
    if db.get_database_backend() == DbBackend::Postgres {
        db.execute_unprepared(
            "SELECT setval(pg_get_serial_sequence('event', 'seq'), COALESCE(MAX(seq), 0) + 1, false) FROM event",
        )
        .await?;
    }
    Ok(())
}

fn stored(row: event::Model) -> Result<StoredEvent, DbError> {
    Ok(StoredEvent { seq: row.seq, leaf: json_of(row.leaf)? })
}

/// A leaf as the JSON that it is.
fn json_of(leaf: Vec<u8>) -> Result<Box<RawValue>, DbError> {
    let text = String::from_utf8(leaf).map_err(|error| DbError::corrupt("event.leaf", error))?;
    RawValue::from_string(text).map_err(|error| DbError::corrupt("event.leaf", error))
}
