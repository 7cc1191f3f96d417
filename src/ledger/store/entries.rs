//! Rows that say which event is which entry.

use entity::{event, ledger_entry, ledger_subject};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tlog_tiles::Hash;

use crate::db::DbError;

/// Rows in one statement: databases limit its parameters.
const AT_ONCE: usize = 1000;

/// An event on its way into the log.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its place in the database's own order.
    pub seq: i64,
    /// When it happened, in microseconds.
    pub at_us: i64,
    /// The leaf.
    pub leaf: Vec<u8>,
}

/// A row for an entry.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// Its index.
    pub index: u64,
    /// The event's place in the database's own order.
    pub seq: i64,
    /// When it happened, in microseconds.
    pub at_us: i64,
    /// Its leaf hash.
    pub hash: Hash,
    /// The digests that it is about.
    pub digests: Vec<String>,
}

/// Events behind `after` up to and with `end`, in order, at most `limit`.
pub async fn waiting(
    db: &impl ConnectionTrait,
    after: i64,
    end: i64,
    limit: u64,
) -> Result<Vec<Waiting>, DbError> {
    let rows: Vec<(i64, i64, Vec<u8>)> = event::Entity::find()
        .select_only()
        .columns([event::Column::Seq, event::Column::AtUs, event::Column::Leaf])
        .filter(event::Column::Seq.gt(after))
        .filter(event::Column::Seq.lte(end))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(seq, at_us, leaf)| Waiting { seq, at_us, leaf }).collect())
}

/// Adds entries. That an index and an event are used once is the tables' own rule.
pub async fn add(db: &impl ConnectionTrait, entries: &[NewEntry]) -> Result<(), DbError> {
    for some in entries.chunks(AT_ONCE) {
        let rows = some.iter().map(|entry| ledger_entry::ActiveModel {
            leaf_index: Set(entry.index.cast_signed()),
            seq: Set(entry.seq),
            leaf_hash: Set(entry.hash.0.to_vec()),
            at_us: Set(entry.at_us),
        });
        ledger_entry::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    let subjects = entries.iter().flat_map(|entry| {
        entry.digests.iter().map(|digest| ledger_subject::ActiveModel {
            digest: Set(digest.clone()),
            leaf_index: Set(entry.index.cast_signed()),
        })
    });
    let subjects: Vec<_> = subjects.collect();
    for some in subjects.chunks(AT_ONCE) {
        // An event may name a digest twice.
        let conflict =
            OnConflict::columns([ledger_subject::Column::Digest, ledger_subject::Column::LeafIndex])
                .do_nothing()
                .to_owned();
        let rows = ledger_subject::Entity::insert_many(some.to_vec());
        rows.on_conflict(conflict).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The leaves of the entries from `first` on, in order, at most `limit`.
pub async fn leaves(db: &impl ConnectionTrait, first: u64, limit: u64) -> Result<Vec<Vec<u8>>, DbError> {
    let (first, end) = (first.cast_signed(), first.saturating_add(limit).cast_signed());
    let rows: Vec<(i64, Vec<u8>)> = ledger_entry::Entity::find()
        .select_only()
        .column(ledger_entry::Column::LeafIndex)
        .column_as(event::Column::Leaf, "leaf")
        .join(sea_orm::JoinType::InnerJoin, of_event())
        .filter(ledger_entry::Column::LeafIndex.gte(first))
        .filter(ledger_entry::Column::LeafIndex.lt(end))
        .order_by_asc(ledger_entry::Column::LeafIndex)
        .into_tuple()
        .all(db)
        .await?;
    // A missing one must not let another take its place.
    let gapless = rows.iter().zip(first..).all(|((index, _), expected)| *index == expected);
    if !gapless {
        return Err(DbError::corrupt("ledger_entry: an event is missing", first));
    }
    Ok(rows.into_iter().map(|(_, leaf)| leaf).collect())
}

/// From an entry to its event.
fn of_event() -> sea_orm::RelationDef {
    ledger_entry::Entity::belongs_to(event::Entity)
        .from(ledger_entry::Column::Seq)
        .to(event::Column::Seq)
        .into()
}

/// The index of an event, once it is an entry.
pub async fn index_of(db: &impl ConnectionTrait, seq: i64) -> Result<Option<u64>, DbError> {
    let row = ledger_entry::Entity::find().filter(ledger_entry::Column::Seq.eq(seq)).one(db).await?;
    Ok(row.map(|row| row.leaf_index.cast_unsigned()))
}
