//! The fact tables of one moment, row by row, in the order of their keys. Rows come as they are: what does not parse is
//! for the comparison to find.

mod contents;
mod events;
mod people;
mod projects;
mod releases;
mod tokens;
mod trust;

use futures_util::TryStreamExt as _;
use sea_orm::{EntityTrait, Iterable, ModelTrait, PaginatorTrait, PrimaryKeyToColumn, QueryOrder};
use uuid::Uuid;

use super::model::{FactKey, Row, Value};
use crate::db::{DbError, Snapshot};
use crate::types::Timestamp;

pub use events::page;

/// Where rows go.
pub type Sink<'a> = &'a mut (dyn FnMut(Row) + Send);

/// How many rows [`page`] and [`rows`] give.
pub async fn count(snapshot: &Snapshot) -> Result<u64, DbError> {
    Ok(count_of::<entity::event::Entity>(snapshot).await?
        + count_of::<entity::project::Entity>(snapshot).await?
        + count_of::<entity::project_settings::Entity>(snapshot).await?
        + count_of::<entity::repository::Entity>(snapshot).await?
        + count_of::<entity::manifest::Entity>(snapshot).await?
        + count_of::<entity::repository_blob::Entity>(snapshot).await?
        + count_of::<entity::tag::Entity>(snapshot).await?
        + count_of::<entity::account::Entity>(snapshot).await?
        + count_of::<entity::role_binding::Entity>(snapshot).await?
        + count_of::<entity::token::Entity>(snapshot).await?
        + count_of::<entity::federation_rule::Entity>(snapshot).await?
        + count_of::<entity::signing_key::Entity>(snapshot).await?
        + count_of::<entity::account_link::Entity>(snapshot).await?
        + count_of::<entity::trust_policy::Entity>(snapshot).await?
        + count_of::<entity::verification::Entity>(snapshot).await?
        + releases::count(snapshot).await?)
}

async fn count_of<E: EntityTrait>(snapshot: &Snapshot) -> Result<u64, DbError>
where
    E::Model: Sync,
{
    Ok(E::find().count(&**snapshot).await?)
}

/// Every row of a fact.
pub async fn rows(snapshot: &Snapshot, sink: Sink<'_>) -> Result<(), DbError> {
    read(snapshot, projects::project, sink).await?;
    read(snapshot, projects::settings, sink).await?;
    read(snapshot, projects::repository, sink).await?;
    let links = contents::links(snapshot).await?;
    read(snapshot, |row| contents::manifest(row, &links), sink).await?;
    drop(links);
    contents::blobs(snapshot, sink).await?;
    contents::tags(snapshot, sink).await?;
    read(snapshot, people::account, sink).await?;
    read(snapshot, people::binding, sink).await?;
    read(snapshot, people::link, sink).await?;
    read(snapshot, tokens::token, sink).await?;
    read(snapshot, tokens::rule, sink).await?;
    read(snapshot, tokens::signing_key, sink).await?;
    read(snapshot, trust::policy, sink).await?;
    read(snapshot, trust::verification, sink).await?;
    releases::rows(snapshot, sink).await
}

/// One table. The database hands its rows over one by one.
async fn read<M>(snapshot: &Snapshot, row: impl Fn(M) -> Row, sink: Sink<'_>) -> Result<(), DbError>
where
    M: ModelTrait + Send,
    M::Entity: EntityTrait<Model = M>,
{
    let mut query = M::Entity::find();
    for key in <M::Entity as EntityTrait>::PrimaryKey::iter() {
        query = query.order_by_asc(key.into_column());
    }
    let mut rows = query.stream(&**snapshot).await?;
    while let Some(model) = rows.try_next().await? {
        sink(row(model));
    }
    Ok(())
}

/// The columns of a versioned fact.
struct Span {
    from: (i64, Uuid),
    to: (Option<i64>, Option<Uuid>),
}

impl Span {
    fn of(self, key: FactKey, value: Value) -> Row {
        let Self { from: (opened_at, opened_by), to: (closed_at, closed_by) } = self;
        Row {
            key,
            value,
            opened_at: Some(Timestamp::from_micros(opened_at)),
            opened_by: Some(opened_by.into()),
            closed_at: closed_at.map(Timestamp::from_micros),
            closed_by: closed_by.map(Into::into),
        }
    }
}

/// A JSON list of texts; what is none is nothing that an event tells of.
fn texts(json: String) -> Vec<String> {
    serde_json::from_str(&json).unwrap_or_else(|_| vec![json])
}
