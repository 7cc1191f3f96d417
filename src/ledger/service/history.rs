//! Reading what is recorded in whole spans, and putting it back: what the copy in the storage is made of.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Events;
use crate::db::{DbError, Snapshot, Tx};
use crate::ledger::model::RecordedEvent;
use crate::ledger::store;
use crate::types::EventId;

/// How long to wait for changes that are under way, and how often to look.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(10);

impl Events {
    /// The largest sequence number that is committed; 0 when there is no event.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest(&self) -> Result<i64, DbError> {
        store::newest_seq(self.db.read()).await
    }

    /// As [`Events::newest`], of a moment that is held.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_in(snapshot: &Snapshot) -> Result<i64, DbError> {
        store::newest_seq(&**snapshot).await
    }

    /// A sequence number below which nothing can turn up any more; none when a change is under way for too long.
    ///
    /// On PostgreSQL a number is drawn before its commit, so a smaller one may be committed after a larger one. Whoever
    /// drew one holds a lock on the table from before the draw until the commit: all who hold one now, after the
    /// newest number was read, are waited for. Who begins later draws larger numbers. No change waits for this.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn safe_end(&self) -> Result<Option<i64>, DbError> {
        let newest = self.newest().await?;
        let deadline = Instant::now() + PATIENCE;
        let mut open = store::open_writers(self.db.read()).await?;
        while !open.is_empty() {
            if Instant::now() >= deadline {
                return Ok(None);
            }
            sleep(LOOK).await;
            let still = store::open_writers(self.db.read()).await?;
            open.retain(|writer| still.contains(writer));
        }
        Ok(Some(newest))
    }

    /// Events behind `after` up to and with `end`, in order, at most `limit`: sequence number, id, leaf.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn span(
        &self,
        after: i64,
        end: i64,
        limit: u64,
    ) -> Result<Vec<(i64, EventId, Vec<u8>)>, DbError> {
        store::span(self.db.read(), after, end, limit).await
    }

    /// Puts an event back at its place, as part of the change that does again what it tells of.
    ///
    /// # Errors
    /// When the place or the id is taken.
    pub async fn put_back(tx: &Tx, event: &RecordedEvent) -> Result<(), DbError> {
        store::put_back(&**tx, event).await
    }

    /// Sees to it that the next event follows the last one, once all are put back.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn go_on(tx: &Tx) -> Result<(), DbError> {
        store::go_on(&**tx).await
    }
}
