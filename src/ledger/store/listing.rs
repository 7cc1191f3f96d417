//! Entries as they are looked for: one by one, and in lists. Each list is led by one index: entries are in the order of
//! their events' sequence numbers, so whatever an index of `event` leads to comes in the order of the log.

use std::collections::BTreeSet;

use entity::{event, ledger_entry, ledger_subject};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query, SelectStatement, UnionType};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef,
    SelectTwo,
};
use tlog_tiles::Hash;

use super::{entries, json_of};
use crate::db::DbError;
use crate::ledger::model::{About, BLOCK, Entry, EntryQuery, Strand, TimeBlock};
use crate::types::{AccountId, Digest, EventId, ProjectId, Timestamp};

/// Strands that one statement follows: databases limit how many selections may be united.
const STRANDS: usize = 100;

type Row = (event::Model, Option<ledger_entry::Model>);

/// Events, each with its entry if it is one.
fn with_entries() -> SelectTwo<event::Entity, ledger_entry::Entity> {
    event::Entity::find()
        .join(JoinType::LeftJoin, entries::of_event().rev())
        .select_also(ledger_entry::Entity)
}

fn of_row((event, entry): Row) -> Result<Entry, DbError> {
    let place = |entry: ledger_entry::Model| {
        let hash = entry.leaf_hash.as_slice().try_into().map(Hash);
        let hash = hash.map_err(|_| DbError::corrupt("ledger_entry.leaf_hash", entry.leaf_index))?;
        Ok::<_, DbError>((entry.leaf_index.cast_unsigned(), hash))
    };
    Ok(Entry {
        seq: event.seq,
        place: entry.map(place).transpose()?,
        kind: event.kind,
        at: Timestamp::from_micros(event.at_us),
        project: event.project_id.map(ProjectId::from),
        actor: event.actor_id.map(AccountId::from),
        leaf: json_of(event.leaf)?,
    })
}

/// The entry at an index.
pub async fn at(db: &impl ConnectionTrait, index: u64) -> Result<Option<Entry>, DbError> {
    let seq = seq_at(db, index).await?;
    let Some(seq) = seq else { return Ok(None) };
    let row = with_entries().filter(event::Column::Seq.eq(seq)).one(db).await?;
    row.map(of_row).transpose()
}

/// An event by its id, with its place in the log if it has one.
pub async fn of_event(db: &impl ConnectionTrait, id: EventId) -> Result<Option<Entry>, DbError> {
    let found = with_entries().filter(event::Column::Id.eq(id.uuid()));
    found.one(db).await?.map(of_row).transpose()
}

/// The sequence number of an event; none when there is none of this id.
pub async fn seq_of(db: &impl ConnectionTrait, id: EventId) -> Result<Option<i64>, DbError> {
    let found = event::Entity::find().select_only().column(event::Column::Seq);
    Ok(found.filter(event::Column::Id.eq(id.uuid())).into_tuple().one(db).await?)
}

/// The sequence number of the event at an index.
pub async fn seq_at(db: &impl ConnectionTrait, index: u64) -> Result<Option<i64>, DbError> {
    let found = ledger_entry::Entity::find().select_only().column(ledger_entry::Column::Seq);
    let found = found.filter(ledger_entry::Column::LeafIndex.eq(index.cast_signed()));
    Ok(found.into_tuple().one(db).await?)
}

/// Entries by the sequence numbers of their events, which must all be entries; in order.
pub async fn all(db: &impl ConnectionTrait, seqs: &[i64]) -> Result<Vec<Entry>, DbError> {
    let rows = with_entries()
        .filter(event::Column::Seq.is_in(seqs.iter().copied()))
        .order_by_asc(event::Column::Seq)
        .all(db)
        .await?;
    let found: Vec<Entry> = rows.into_iter().map(of_row).collect::<Result<_, _>>()?;
    // A list that leaves out what was taken away would hide just that.
    if found.len() == seqs.len() && found.iter().all(|entry| entry.place.is_some()) {
        return Ok(found);
    }
    Err(DbError::corrupt("ledger: an event or its entry is missing, behind", seqs.first().unwrap_or(&0)))
}

/// When the entries from an index, at which a block begins, to another happened: block by block.
pub async fn times(db: &impl ConnectionTrait, begin: u64, end: u64) -> Result<Vec<TimeBlock>, DbError> {
    let (at, index) = (ledger_entry::Column::AtUs, ledger_entry::Column::LeafIndex);
    let block = Expr::col(index).div(BLOCK.cast_signed());
    // By its name: PostgreSQL takes two parameters of one value for two expressions.
    let by_block = || Expr::col(Alias::new("block"));
    let rows: Vec<(i64, i64, i64, i64)> = ledger_entry::Entity::find()
        .select_only()
        .column_as(block, "block")
        .column_as(at.min(), "earliest")
        .column_as(at.max(), "latest")
        .column_as(index.count(), "entries")
        .filter(index.gte(begin.cast_signed()))
        .filter(index.lt(end.cast_signed()))
        .group_by(by_block())
        .order_by_asc(by_block())
        .into_tuple()
        .all(db)
        .await?;
    // A missing one must not let another take its place.
    let gapless =
        rows.iter().zip(begin / BLOCK..).all(|((block, ..), expected)| block.cast_unsigned() == expected);
    let entries = rows.iter().map(|(.., entries)| entries.cast_unsigned()).sum::<u64>();
    if !gapless || entries != end.saturating_sub(begin) {
        return Err(DbError::corrupt("ledger_entry: an entry is missing, behind", begin));
    }
    let time = Timestamp::from_micros;
    let of_row = |(_, earliest, latest, entries): (i64, i64, i64, i64)| TimeBlock {
        earliest: time(earliest),
        latest: time(latest),
        entries: entries.cast_unsigned(),
    };
    Ok(rows.into_iter().map(of_row).collect())
}

/// A span of the database's own order, both ends included.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub first: i64,
    pub last: i64,
}

/// The sequence numbers of the first events in a span that lie in one of the strands and are asked for; their subject
/// aside. In order, at most `limit`.
pub async fn along(
    db: &impl ConnectionTrait,
    strands: &[Strand],
    query: &EntryQuery,
    span: Span,
    limit: u64,
) -> Result<Vec<i64>, DbError> {
    let mut found = BTreeSet::new();
    for some in strands.chunks(STRANDS) {
        let rows = db.query_all(&united(some, query, span, limit)).await?;
        for row in rows {
            found.insert(row.try_get_by_index::<i64>(0)?);
        }
    }
    Ok(found.into_iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
}

fn united(strands: &[Strand], query: &EntryQuery, span: Span, limit: u64) -> SelectStatement {
    // A limit within a union needs a selection around it, on SQLite.
    let around = |strand: &Strand| {
        let inner = along_one(strand, query, span, limit);
        Query::select().column(event::Column::Seq).from_subquery(inner, Alias::new("strand")).take()
    };
    let mut parts = strands.iter().map(around);
    let mut whole = parts.next().unwrap_or_default();
    whole.unions(parts.map(|part| (UnionType::Distinct, part)));
    whole.order_by(event::Column::Seq, Order::Asc).limit(limit).take()
}

fn along_one(strand: &Strand, query: &EntryQuery, span: Span, limit: u64) -> SelectStatement {
    let mut select = Query::select();
    select
        .column(event::Column::Seq)
        .from(event::Entity)
        .and_where(event::Column::Seq.gte(span.first))
        .and_where(event::Column::Seq.lte(span.last))
        .order_by(event::Column::Seq, Order::Asc)
        .limit(limit);
    match strand.about {
        About::Anything => {}
        About::Projects => {
            select.and_where(event::Column::ProjectId.is_not_null());
        }
        About::Project(project) => {
            select.and_where(event::Column::ProjectId.eq(project.uuid()));
        }
    }
    if let Some(actor) = strand.actor {
        select.and_where(event::Column::ActorId.eq(actor.uuid()));
    }
    if let Some(kind) = &query.kind {
        select.and_where(event::Column::Kind.eq(kind));
    }
    if let Some(from) = query.from {
        select.and_where(event::Column::AtUs.gte(from.micros()));
    }
    if let Some(to) = query.to {
        select.and_where(event::Column::AtUs.lt(to.micros()));
    }
    select
}

/// The sequence numbers of the first entries from one index to another that are about a content: in order, at most
/// `limit`.
pub async fn about(
    db: &impl ConnectionTrait,
    subject: &Digest,
    first: u64,
    last: u64,
    limit: u64,
) -> Result<Vec<(u64, i64)>, DbError> {
    let entry: RelationDef = ledger_subject::Entity::belongs_to(ledger_entry::Entity)
        .from(ledger_subject::Column::LeafIndex)
        .to(ledger_entry::Column::LeafIndex)
        .into();
    let rows: Vec<(i64, i64)> = ledger_subject::Entity::find()
        .select_only()
        .column(ledger_subject::Column::LeafIndex)
        .column_as(ledger_entry::Column::Seq, "seq")
        .join(JoinType::InnerJoin, entry)
        .filter(ledger_subject::Column::Digest.eq(subject.to_string()))
        .filter(ledger_subject::Column::LeafIndex.gte(first.cast_signed()))
        .filter(ledger_subject::Column::LeafIndex.lte(last.cast_signed()))
        .order_by_asc(ledger_subject::Column::LeafIndex)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(index, seq)| (index.cast_unsigned(), seq)).collect())
}

#[cfg(test)]
mod tests;
