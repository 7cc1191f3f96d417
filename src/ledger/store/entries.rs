//! Rows that say which event is which entry.

use std::collections::{BTreeSet, HashSet};

use entity::{event, ledger_entry, ledger_subject};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use tlog_tiles::Hash;

use super::in_span;
use crate::db::{DbError, chunks};

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
    let columns = [event::Column::Seq, event::Column::AtUs, event::Column::Leaf];
    let span = in_span(after, end, limit).select_only().columns(columns);
    let rows: Vec<(i64, i64, Vec<u8>)> = span.into_tuple().all(db).await?;
    Ok(rows.into_iter().map(|(seq, at_us, leaf)| Waiting { seq, at_us, leaf }).collect())
}

/// Adds entries. That an index and an event are used once is the tables' own rule.
pub async fn add(db: &impl ConnectionTrait, entries: &[NewEntry]) -> Result<(), DbError> {
    for some in chunks(entries) {
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
    for some in chunks(&subjects) {
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

/// The leaf hashes of the entries from `first` on, in order, at most `limit`, up to the first that is missing.
pub async fn hashes(db: &impl ConnectionTrait, first: u64, limit: u64) -> Result<Vec<Hash>, DbError> {
    let end = first.saturating_add(limit).cast_signed();
    let rows: Vec<(i64, Vec<u8>)> = ledger_entry::Entity::find()
        .select_only()
        .columns([ledger_entry::Column::LeafIndex, ledger_entry::Column::LeafHash])
        .filter(ledger_entry::Column::LeafIndex.gte(first.cast_signed()))
        .filter(ledger_entry::Column::LeafIndex.lt(end))
        .order_by_asc(ledger_entry::Column::LeafIndex)
        .into_tuple()
        .all(db)
        .await?;
    let gapless = (first.cast_signed()..).zip(rows).take_while(|(expected, (index, _))| expected == index);
    gapless.map(|(_, (_, bytes))| hash_of(bytes)).collect()
}

/// An entry as the tables have it.
#[derive(Debug, Clone)]
pub struct EntryRow {
    /// Its index.
    pub index: u64,
    /// The event's place in the database's own order.
    pub seq: i64,
    /// The hash that is kept of it.
    pub hash: Hash,
    /// The event's bytes; none when there is no such event.
    pub leaf: Leaf,
}

/// The bytes of an event that may be missing.
type Leaf = Option<Vec<u8>>;

/// The entries from `first` on, in order, of `limit` indexes, with what is there of them.
pub async fn rows(db: &impl ConnectionTrait, first: u64, limit: u64) -> Result<Vec<EntryRow>, DbError> {
    let rows: Vec<(i64, i64, Vec<u8>, Leaf)> = ledger_entry::Entity::find()
        .select_only()
        .columns([ledger_entry::Column::LeafIndex, ledger_entry::Column::Seq, ledger_entry::Column::LeafHash])
        .column_as(event::Column::Leaf, "leaf")
        .join(sea_orm::JoinType::LeftJoin, of_event())
        .filter(ledger_entry::Column::LeafIndex.gte(first.cast_signed()))
        .filter(ledger_entry::Column::LeafIndex.lt(first.saturating_add(limit).cast_signed()))
        .order_by_asc(ledger_entry::Column::LeafIndex)
        .into_tuple()
        .all(db)
        .await?;
    let row = |(index, seq, hash, leaf): (i64, i64, Vec<u8>, Leaf)| {
        Ok(EntryRow { index: index.cast_unsigned(), seq, hash: hash_of(hash)?, leaf })
    };
    rows.into_iter().map(row).collect()
}

/// Which of these digests the entries from `first` on, of `limit` indexes, are found by. By their digests, for there is no
/// index by entry.
pub async fn subjects(
    db: &impl ConnectionTrait,
    digests: BTreeSet<String>,
    first: u64,
    limit: u64,
) -> Result<HashSet<(u64, String)>, DbError> {
    if digests.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = ledger_subject::Entity::find()
        .filter(ledger_subject::Column::Digest.is_in(digests))
        .filter(ledger_subject::Column::LeafIndex.gte(first.cast_signed()))
        .filter(ledger_subject::Column::LeafIndex.lt(first.saturating_add(limit).cast_signed()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.leaf_index.cast_unsigned(), row.digest)).collect())
}

/// How many digests the first `size` entries are found by.
pub async fn count_subjects(db: &impl ConnectionTrait, size: u64) -> Result<u64, DbError> {
    let found =
        ledger_subject::Entity::find().filter(ledger_subject::Column::LeafIndex.lt(size.cast_signed()));
    Ok(found.count(db).await?)
}

/// The first event up to `last` that is no entry.
pub async fn first_passed_over(db: &impl ConnectionTrait, last: i64) -> Result<Option<i64>, DbError> {
    let found = event::Entity::find()
        .select_only()
        .column(event::Column::Seq)
        .join(sea_orm::JoinType::LeftJoin, of_event().rev())
        .filter(event::Column::Seq.lte(last))
        .filter(ledger_entry::Column::LeafIndex.is_null())
        .order_by_asc(event::Column::Seq)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found)
}

fn hash_of(bytes: Vec<u8>) -> Result<Hash, DbError> {
    let hash = bytes.try_into().map_err(|_| DbError::corrupt("ledger_entry.leaf_hash", "its length"));
    hash.map(Hash)
}

/// From an entry to its event.
pub fn of_event() -> sea_orm::RelationDef {
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
