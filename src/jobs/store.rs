//! Rows of the queue. A lease is a random id and an end; whoever's compare-and-set wins has the job.

use entity::job::{ActiveModel, Column, Entity, Model};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::db::DbError;
use crate::types::{JobId, Timestamp};

/// Puts a job into the queue, unless one with its key is there.
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
        state: Set("waiting".to_owned()),
        attempts: Set(0),
        run_at_us: Set(run_at.micros()),
        leased_until_us: Set(0),
        lease: Set(None),
        last_error: Set(None),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Key).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

fn due(kinds: &[&str], now: Timestamp) -> Condition {
    Condition::all().add(Column::Kind.is_in(kinds.iter().copied())).add(
        Condition::any()
            .add(Column::State.eq("waiting").and(Column::RunAtUs.lte(now.micros())))
            .add(Column::State.eq("running").and(Column::LeasedUntilUs.lt(now.micros()))),
    )
}

/// The next job that is due, without taking it.
pub async fn next_due(
    db: &impl ConnectionTrait,
    kinds: &[&str],
    now: Timestamp,
) -> Result<Option<Model>, DbError> {
    Ok(Entity::find().filter(due(kinds, now)).order_by_asc(Column::RunAtUs).one(db).await?)
}

/// Takes the lease of a job that is still due; says whether it was won.
pub async fn lease(
    db: &impl ConnectionTrait,
    id: JobId,
    kinds: &[&str],
    lease: Uuid,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, DbError> {
    let outcome = Entity::update_many()
        .col_expr(Column::State, Expr::value("running"))
        .col_expr(Column::Lease, Expr::value(lease))
        .col_expr(Column::LeasedUntilUs, Expr::value(until.micros()))
        .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
        .filter(Column::Id.eq(id.uuid()))
        .filter(due(kinds, now))
        .exec(db)
        .await?;
    Ok(outcome.rows_affected == 1)
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

/// Puts a job back, or lays it aside as dead (`run_at` none), if the lease is still held.
pub async fn release(
    db: &impl ConnectionTrait,
    id: JobId,
    lease: Uuid,
    attempts: i32,
    run_at: Option<Timestamp>,
    error: Option<String>,
) -> Result<(), DbError> {
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(if run_at.is_some() { "waiting" } else { "dead" }))
        .col_expr(Column::Lease, Expr::value(Option::<Uuid>::None))
        .col_expr(Column::Attempts, Expr::value(attempts))
        .col_expr(Column::LastError, Expr::value(error));
    if let Some(run_at) = run_at {
        update = update.col_expr(Column::RunAtUs, Expr::value(run_at.micros()));
    }
    update.filter(Column::Id.eq(id.uuid())).filter(Column::Lease.eq(lease)).exec(db).await?;
    Ok(())
}

/// How many jobs are in a state.
pub async fn count(db: &impl ConnectionTrait, state: &str) -> Result<u64, DbError> {
    Ok(Entity::find().filter(Column::State.eq(state)).count(db).await?)
}

/// Whether a job with this key is in the queue.
pub async fn exists(db: &impl ConnectionTrait, key: &str) -> Result<bool, DbError> {
    Ok(Entity::find().filter(Column::Key.eq(key)).count(db).await? > 0)
}
