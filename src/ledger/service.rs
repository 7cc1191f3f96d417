//! Recording events, and reading them back.

mod append;
mod audit_reads;
mod backoff;
mod copies;
mod entries;
mod export;
mod history;
mod log;
mod rebuild;
mod self_audit;
mod sequencer;
mod signing;
mod standing;
mod witnesses;

use super::model::{Event, StoredEvent};
use super::store::{self, Filter};
use crate::db::{Db, DbError, Tx};
use crate::http::{Page, PageRequest};
use crate::types::{AccountId, EventId, ProjectId};

pub(super) use append::digests;
pub use audit_reads::{AuditReads, ReadNotRecorded};
pub use export::{ExportLines, ExportWriter, Exported};
pub use log::Ledger;
pub use rebuild::rebuild;
pub use self_audit::SelfAudit;
pub use sequencer::{Secure, Sequencer};
pub use signing::{LogKey, Signer};
pub(super) use standing::CHECKPOINT;
pub use witnesses::Cosigner;

/// Largest leaf in bytes (design, rule 5). Larger data goes to a blob that the event names by digest.
const MAX_LEAF: usize = 32 * 1024;

/// The way events get into the ledger.
pub trait Record {
    /// Records events, in their order. The last statement of its transaction: ledger order is then causal order.
    ///
    /// # Errors
    /// When an event can't be written; the change it belongs to must not happen then.
    fn record(&self, events: &[Event]) -> impl Future<Output = Result<(), DbError>>;
}

impl Record for Tx {
    async fn record(&self, events: &[Event]) -> Result<(), DbError> {
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let sealed = event.seal().map_err(|error| DbError::corrupt("event", error))?;
            if sealed.leaf.len() > MAX_LEAF {
                return Err(DbError::corrupt("event: larger than 32 KiB", sealed.kind));
            }
            metrics::counter!("waybill_events_total", "kind" => sealed.kind.clone()).increment(1);
            rows.push((event, sealed));
        }
        store::append(&**self, rows).await?;
        events.iter().for_each(|event| self.note(event.id));
        Ok(())
    }
}

/// Which events to list.
#[derive(Debug, Clone, Default)]
pub struct EventQuery {
    /// One kind only.
    pub kind: Option<String>,
    /// One project only.
    pub project: Option<ProjectId>,
    /// One actor only.
    pub actor: Option<AccountId>,
}

/// Reads recorded events.
#[derive(Clone)]
pub struct Events {
    db: Db,
}

impl Events {
    /// Over a database.
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Events in ledger order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self, query: EventQuery, page: &PageRequest) -> Result<Page<StoredEvent>, DbError> {
        let after_seq = page.after.as_deref().and_then(|after| after.parse().ok());
        let filter = Filter { kind: query.kind, project: query.project, actor: query.actor, after_seq };
        let events = store::list(self.db.read(), &filter, page.limit + 1).await?;
        Ok(Page::of_rows(events, page, |event| event.seq.to_string()))
    }

    /// One event, by its id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, id: EventId) -> Result<Option<StoredEvent>, DbError> {
        store::find(self.db.read(), id).await
    }
}
