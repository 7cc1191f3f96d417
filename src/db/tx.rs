//! A change in progress.

use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter};

use super::{DbError, Topic};
use crate::types::EventId;

/// The transaction that a closure given to [`Db::write`](super::Db::write) works in. It dereferences to sea-orm's
/// transaction, which only `store.rs` files use.
pub struct Tx {
    inner: DatabaseTransaction,
    changed: Mutex<Vec<u8>>,
    noted: Mutex<Vec<EventId>>,
}

impl Tx {
    pub(super) fn new(inner: DatabaseTransaction) -> Self {
        Self { inner, changed: Mutex::default(), noted: Mutex::default() }
    }

    /// Says that this change makes something untrue that may be remembered, here or by another replica: to be called
    /// for whatever a [`Cache`](super::Cache) keeps, before the events are recorded. What is new needs no word.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn changes(&self, topic: Topic<'_>) -> Result<(), DbError> {
        use entity::freshness::{Column, Entity};

        let shard = topic.shard();
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).push(shard);
        // Nobody else remembers anything of a SQLite file.
        if self.inner.get_database_backend() == DbBackend::Postgres {
            Entity::update_many()
                .col_expr(Column::Version, Expr::col(Column::Version).add(1))
                .filter(Column::Shard.eq(i16::from(shard)))
                .exec(&self.inner)
                .await?;
        }
        Ok(())
    }

    /// Says that this change records an event, so that whoever asked for the change can be told its id.
    pub fn note(&self, event: EventId) {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// The events noted since this was last asked: changes that share the transaction run one after the other.
    pub(super) fn take_noted(&self) -> Vec<EventId> {
        std::mem::take(&mut *self.noted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The transaction, and the shards of the topics that it changed.
    pub(super) fn into_parts(self) -> (DatabaseTransaction, Vec<u8>) {
        (self.inner, self.changed.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
