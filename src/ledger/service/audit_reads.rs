//! Recording who reads what is recorded.

use std::sync::Arc;

use thiserror::Error;

use super::Record;
use crate::access::Caller;
use crate::db::{Db, DbError, Tx};
use crate::ledger::model::{AuditRead, Event, ReadShape};
use crate::ledger::{Fact, store};
use crate::types::{Clock, ProjectId};

const HOUR_US: i64 = 3_600_000_000;

/// A read that must not be answered, for it can't be recorded. The cause is for the log.
#[derive(Debug, Error)]
#[error("a read of recorded events can't be recorded: {0}")]
pub struct ReadNotRecorded(#[from] pub DbError);

/// Records reads of events and entries: one event per account, shape, project and hour.
#[derive(Clone)]
pub struct AuditReads {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl AuditReads {
    /// Over a database.
    pub const fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Records that `caller` reads, unless that was recorded within this hour. To be called before the answer is
    /// given; `project` is the one that the read is narrowed to. A frozen database takes no event, and who finds out what
    /// became of it needs to read: the log tells of it then.
    ///
    /// # Errors
    /// When it can't be recorded. The read is to be refused then.
    pub async fn record(
        &self,
        caller: &Caller,
        shape: ReadShape,
        project: Option<ProjectId>,
    ) -> Result<(), ReadNotRecorded> {
        let (read, now) = (AuditRead { account: caller.account, shape, project }, self.clock.now());
        if self.db.is_frozen() {
            tracing::warn!(account = ?read.account, shape = %read.shape, "read of events from a frozen database");
            return Ok(());
        }
        let hour = now.micros().div_euclid(HOUR_US);
        if store::audit_reads::is_told(self.db.read(), &read, hour).await? {
            return Ok(());
        }
        let caller = caller.clone();
        self.db
            .write(async move |tx: &Tx| {
                if store::audit_reads::claim(&**tx, &read, hour).await? {
                    let fact = Fact::LedgerRead { shape: read.shape.to_string() };
                    tx.record(&[Event::new(&caller, now, read.project, fact)]).await?;
                }
                Ok::<_, DbError>(())
            })
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
