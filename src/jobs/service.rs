//! Filling the queue, and what empties it.

use async_trait::async_trait;

use super::model::{Done, Job, JobError};
use super::store;
use crate::db::{DbError, Tx};
use crate::types::Timestamp;

/// Does jobs of one kind.
#[async_trait]
pub trait Handler: Send + Sync {
    /// The kind that stands in the queue.
    fn kind(&self) -> &'static str;

    /// Whether the job is always in the queue, doing its work again and again ([`Done::Again`]).
    fn recurring(&self) -> bool {
        false
    }

    /// Does a job; may be run again after a crash half-way.
    ///
    /// # Errors
    /// When it should be tried again later.
    async fn run(&self, job: &Job) -> Result<Done, JobError>;
}

/// Queues a job as part of a change. `key` keeps a second one of the same key out while the first waits; once that
/// runs, it may have missed what this change did, so another may wait.
///
/// # Errors
/// When the database does not answer.
pub async fn enqueue(
    tx: &Tx,
    kind: &str,
    key: Option<&str>,
    payload: &str,
    run_at: Timestamp,
) -> Result<(), DbError> {
    store::enqueue(&**tx, kind, key, payload, run_at).await
}
