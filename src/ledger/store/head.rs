//! The one row that says how far the log has come, and who leads it.

use entity::ledger_head::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use tlog_tiles::{EMPTY_HASH, Hash};
use uuid::Uuid;

use crate::db::DbError;
use crate::ledger::model::LogOrigin;
use crate::types::Timestamp;

/// The row's key.
const ID: i16 = 1;

/// How far the log has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The log's name.
    pub origin: LogOrigin,
    /// Entries.
    pub size: u64,
    /// Root hash.
    pub root: Hash,
    /// The last event in it.
    pub last_seq: i64,
    /// The signed checkpoint; empty before the first.
    pub checkpoint: String,
    /// What everybody is shown.
    pub published: Published,
}

/// The checkpoint that everybody is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Entries under it.
    pub size: u64,
    /// The last event under it.
    pub last_seq: i64,
    /// The signed note, with its cosignatures; empty before the first.
    pub checkpoint: String,
    /// Since when.
    pub at: Timestamp,
}

/// The head; none before the log has a name.
pub async fn find(db: &impl ConnectionTrait) -> Result<Option<Head>, DbError> {
    Entity::find_by_id(ID).one(db).await?.map(of_row).transpose()
}

fn of_row(row: Model) -> Result<Head, DbError> {
    let corrupt = |what| DbError::corrupt("ledger_head", what);
    let size = |size| u64::try_from(size).map_err(|_| corrupt("a size below 0"));
    Ok(Head {
        origin: row.origin.parse().map_err(|_| corrupt("origin"))?,
        size: size(row.size)?,
        root: Hash(row.root.as_slice().try_into().map_err(|_| corrupt("root"))?),
        last_seq: row.last_seq,
        checkpoint: row.checkpoint,
        published: Published {
            size: size(row.published_size)?,
            last_seq: row.published_seq,
            checkpoint: row.published_checkpoint,
            at: Timestamp::from_micros(row.published_at_us),
        },
    })
}

/// Gives the log its name, unless it has one.
pub async fn create(db: &impl ConnectionTrait, origin: &LogOrigin) -> Result<(), DbError> {
    let row = ActiveModel {
        id: Set(ID),
        origin: Set(origin.to_string()),
        size: Set(0),
        root: Set(EMPTY_HASH.0.to_vec()),
        last_seq: Set(0),
        checkpoint: Set(String::new()),
        published_size: Set(0),
        published_seq: Set(0),
        published_checkpoint: Set(String::new()),
        published_at_us: Set(0),
        lease: Set(None),
        leased_until_us: Set(0),
    };
    let conflict = OnConflict::column(Column::Id).do_nothing().to_owned();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(())
}

/// Takes or keeps the lead until an instant; says whether it was free, or held under this lease. `alone` says that nobody
/// else can be alive who holds it.
pub async fn lease(
    db: &impl ConnectionTrait,
    lease: Uuid,
    alone: bool,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbError> {
    let free = Condition::any()
        .add(Column::Lease.is_null())
        .add(Column::Lease.eq(lease))
        .add(Column::LeasedUntilUs.lt(now.micros()));
    let taken = Entity::update_many()
        .col_expr(Column::Lease, Expr::value(lease))
        .col_expr(Column::LeasedUntilUs, Expr::value(until.micros()))
        .filter(Column::Id.eq(ID));
    let outcome = if alone { taken } else { taken.filter(free) }.exec(db).await?;
    Ok(outcome.rows_affected == 1)
}

/// Gives the lead up.
pub async fn release(db: &impl ConnectionTrait, lease: Uuid) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .filter(Column::Id.eq(ID))
        .filter(Column::Lease.eq(lease))
        .exec(db)
        .await?;
    Ok(())
}

/// Moves the head on from `old`, if it is still that; says whether it was. This decides which batch comes next.
pub async fn advance(db: &impl ConnectionTrait, old: &Head, new: &Head) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::Size, Expr::value(new.size.cast_signed()))
        .col_expr(Column::Root, Expr::value(new.root.0.to_vec()))
        .col_expr(Column::LastSeq, Expr::value(new.last_seq))
        .col_expr(Column::Checkpoint, Expr::value(new.checkpoint.as_str()))
        .filter(Column::Id.eq(ID))
        .filter(Column::Size.eq(old.size.cast_signed()))
        .filter(Column::Root.eq(old.root.0.to_vec()))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Shows another checkpoint, unless a larger one is shown already; one of the same size takes over for its cosignatures,
/// unless it is told to be `larger`. Says whether it did.
pub async fn publish(db: &impl ConnectionTrait, new: &Published, larger: bool) -> Result<bool, DbError> {
    let size = new.size.cast_signed();
    let before = if larger { Column::PublishedSize.lt(size) } else { Column::PublishedSize.lte(size) };
    let outcome = Entity::update_many()
        .col_expr(Column::PublishedSize, Expr::value(size))
        .col_expr(Column::PublishedSeq, Expr::value(new.last_seq))
        .col_expr(Column::PublishedCheckpoint, Expr::value(new.checkpoint.as_str()))
        .col_expr(Column::PublishedAtUs, Expr::value(new.at.micros()))
        .filter(Column::Id.eq(ID))
        .filter(before)
        .filter(Column::Size.gte(size))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}
