//! Rows of the queue. A lease is a random id and an end; whoever's compare-and-set wins has the job.

use entity::job::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::db::DbError;
use crate::types::{JobId, Timestamp};

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// For its time, or for a worker.
    Waiting,
    /// Somebody holds its lease.
    Running,
    /// Given up.
    Dead,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Running, Self::Dead];

    /// As the database and `/metrics` call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Dead => "dead",
        }
    }
}

/// Puts a job into the queue, unless one with its key waits there.
pub async fn enqueue(
    db: &impl ConnectionTrait,
    kind: &str,
    key: Option<&str>,
    payload: &str,
    run_at: Timestamp,
) -> Result<(), DbError> {
    let id = JobId::new();
    let row = ActiveModel {
        id: Set(id.uuid()),
        kind: Set(kind.to_owned()),
        key: Set(key.map_or_else(|| id.to_string(), str::to_owned)),
        payload: Set(payload.to_owned()),
        state: Set(State::Waiting.as_str().to_owned()),
        attempts: Set(0),
        run_at_us: Set(run_at.micros()),
        leased_until_us: Set(0),
        lease: Set(None),
        last_error: Set(None),
    };
    // SQLite finds the partial index only by its own text, not by a bound value.
    let mut conflict = OnConflict::column(Column::Key);
    conflict.target_and_where(Expr::cust("state = 'waiting'")).do_nothing();
    Entity::insert(row).on_conflict(conflict).exec_without_returning(db).await?;
    Ok(())
}

fn due(now: Timestamp) -> Condition {
    let state = |state: State| Column::State.eq(state.as_str());
    Condition::any()
        .add(state(State::Waiting).and(Column::RunAtUs.lte(now.micros())))
        .add(state(State::Running).and(Column::LeasedUntilUs.lt(now.micros())))
}

/// The next job that is due, without taking it.
pub async fn next_due(
    db: &impl ConnectionTrait,
    kinds: &[&str],
    now: Timestamp,
) -> Result<Option<Model>, DbError> {
    let of_kinds = Column::Kind.is_in(kinds.iter().copied());
    Ok(Entity::find().filter(of_kinds).filter(due(now)).order_by_asc(Column::RunAtUs).one(db).await?)
}

/// Takes the lease of a job that is still due and was begun `attempts` times; says whether it was won.
pub async fn lease(
    db: &impl ConnectionTrait,
    id: JobId,
    attempts: i32,
    lease: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Running.as_str()))
        .col_expr(Column::Lease, Expr::value(lease))
        .col_expr(Column::LeasedUntilUs, Expr::value(until.micros()))
        .col_expr(Column::Attempts, Expr::value(attempts.saturating_add(1)))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Attempts.eq(attempts))
        .filter(due(now))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Lays a job aside as dead that is still due though it was begun `attempts` times.
pub async fn bury(
    db: &impl ConnectionTrait,
    id: JobId,
    attempts: i32,
    now: Timestamp,
    error: &str,
) -> Result<(), DbError> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Dead.as_str()))
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::LastError, Expr::value(error))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Attempts.eq(attempts))
        .filter(due(now))
        .exec(db)
        .await?;
    Ok(())
}

/// Lengthens a lease that is still held; says whether it was.
pub async fn renew(
    db: &impl ConnectionTrait,
    id: JobId,
    lease: Uuid,
    until: Timestamp,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::LeasedUntilUs, Expr::value(until.micros()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Lease.eq(lease))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
}

/// Takes a finished job out of the queue, if the lease is still held.
pub async fn remove(db: &impl ConnectionTrait, id: JobId, lease: Uuid) -> Result<(), DbError> {
    Entity::delete_many().filter(Column::Id.eq(id.uuid())).filter(Column::Lease.eq(lease)).exec(db).await?;
    Ok(())
}

/// Puts a job back, or lays it aside as dead (`run_at` none), if the lease is still held. When another with its key
/// waits by now, that will do the same work, and this one goes.
pub async fn release(
    db: &impl ConnectionTrait,
    id: JobId,
    lease: Uuid,
    attempts: i32,
    run_at: Option<Timestamp>,
    error: Option<String>,
) -> Result<(), DbError> {
    let state = if run_at.is_some() { State::Waiting } else { State::Dead };
    if state == State::Waiting && has_successor(db, id).await? {
        return remove(db, id, lease).await;
    }
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::Attempts, Expr::value(attempts))
        .col_expr(Column::LastError, Expr::value(error));
    if let Some(run_at) = run_at {
        update = update.col_expr(Column::RunAtUs, Expr::value(run_at.micros()));
    }
    update.filter(Column::Id.eq(id.uuid())).filter(Column::Lease.eq(lease)).exec(db).await?;
    Ok(())
}

/// Whether another job with this one's key waits.
async fn has_successor(db: &impl ConnectionTrait, id: JobId) -> Result<bool, DbError> {
    let mut key = Query::select();
    key.column(Column::Key).from(Entity).and_where(Column::Id.eq(id.uuid()));
    let others = Entity::find()
        .filter(Column::Key.in_subquery(key))
        .filter(Column::State.eq(State::Waiting.as_str()))
        .filter(Column::Id.ne(id.uuid()));
    Ok(others.count(db).await? > 0)
}

/// How many jobs are in each state; one that no job is in is missing.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbError> {
    Ok(Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "count")
        .group_by(Column::State)
        .into_tuple()
        .all(db)
        .await?)
}

/// Whether a job with this key waits or runs.
pub async fn is_alive(db: &impl ConnectionTrait, key: &str) -> Result<bool, DbError> {
    let alive = Entity::find().filter(Column::Key.eq(key)).filter(Column::State.ne(State::Dead.as_str()));
    Ok(alive.count(db).await? > 0)
}
