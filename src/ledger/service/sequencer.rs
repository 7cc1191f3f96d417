//! The sequencer: turns committed events into entries, batch after batch, on one replica at a time.
//!
//! All replicas run one; the lead is a lease in the database, which another takes over when its holder gives no sign of
//! life. That two believe they lead is harmless: the head's compare-and-set lets one batch through.

mod batch;
mod publication;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep, timeout};
use uuid::Uuid;

use super::Events;
use super::copies::Copies;
use super::log::Ledger;
use super::witnesses::Witnesses;
use crate::db::Tx;
use crate::ledger::error::LedgerError;
use crate::ledger::store;
use crate::ledger::store::head::Head;
use crate::types::KeyId;

/// How long the lead lasts without a sign of life, and how often one is given.
const LEASE: Duration = Duration::from_secs(3);
const RENEW: Duration = Duration::from_secs(1);
/// How often one who does not lead looks whether the lead is free, and how long a failed one rests.
const REST: Duration = Duration::from_millis(500);
/// How often an idle leader sees to it that the newest checkpoint is in the storage.
const HEAL: Duration = Duration::from_secs(30);
/// How often the leader looks for events.
const LOOK: Duration = Duration::from_millis(25);

/// What must be in the storage before a checkpoint covers it, so that the storage can rebuild the database (design, rule 3).
#[async_trait]
pub trait Secure: Send + Sync {
    /// Copies into the storage all that events up to this sequence number tell of, and the events. Nothing turns up
    /// before it any more.
    ///
    /// # Errors
    /// Why they can't be published yet.
    async fn secure(&self, end: i64) -> Result<(), String>;
}

/// A sequencer.
pub struct Sequencer {
    ledger: Ledger,
    events: Events,
    secure: Arc<dyn Secure>,
    lease: Uuid,
    stored_keys: HashSet<KeyId>,
}

impl Sequencer {
    /// For a log; `secure` is asked before each batch.
    pub fn new(ledger: Ledger, secure: Arc<dyn Secure>) -> Self {
        let events = Events::new(ledger.db.clone());
        Self { ledger, events, secure, lease: Uuid::new_v4(), stored_keys: HashSet::new() }
    }

    /// Sequences whenever nobody else does, until `stop` turns true or its sender is gone.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() && stop.has_changed().is_ok() {
            if let Err(error) = self.turn(&mut stop).await {
                metrics::counter!("waybill_ledger_failures_total").increment(1);
                tracing::warn!(%error, "the ledger does not go on");
            }
            metrics::gauge!("waybill_ledger_leader").set(0.0);
            let _ = timeout(REST, stop.changed()).await;
        }
    }

    /// Makes entries of all events and publishes them, whoever leads: for the moment when all else has stopped. The lease may
    /// still be that of this process, whose connections went before it could give it up.
    ///
    /// # Errors
    /// When database or storage do not answer; the next start goes on.
    pub async fn finish(mut self) -> Result<(), LedgerError> {
        if !self.ledger.may_go_on().await? {
            return Ok(());
        }
        let mut head = self.complete(self.ledger.head().await?).await?;
        while self.events.newest().await? > head.last_seq {
            match self.batch(&head).await? {
                Some(next) => head = next,
                None => break,
            }
        }
        Copies::finish(self.ledger.clone()).await;
        Ok(())
    }

    /// Leads for as long as it can, if the lead is free. Who does not lead looks out as well for a database that was put back.
    async fn turn(&mut self, stop: &mut watch::Receiver<bool>) -> Result<(), LedgerError> {
        if !self.ledger.may_go_on().await? {
            return Ok(());
        }
        self.count_waiting(self.ledger.head().await?.last_seq).await?;
        if !self.take_lease().await? {
            return Ok(());
        }
        metrics::gauge!("waybill_ledger_leader").set(1.0);
        let ledger = self.ledger.clone();
        let keeper = LeaseKeeper { ledger: ledger.clone(), lease: self.lease };
        tokio::select! {
            led = self.lead(stop) => led?,
            () = keeper.keep() => return Err(LedgerError::Superseded),
            never = Witnesses::follow(ledger.clone()) => match never {},
            error = Copies::follow(ledger) => return Err(error),
        }
        self.release().await
    }

    async fn take_lease(&self) -> Result<bool, LedgerError> {
        LeaseKeeper { ledger: self.ledger.clone(), lease: self.lease }.renew().await
    }

    async fn release(&self) -> Result<(), LedgerError> {
        let lease = self.lease;
        Ok(self.ledger.db.keep_books(async move |tx: &Tx| store::head::release(&**tx, lease).await).await?)
    }

    /// Makes batch after batch until `stop`.
    async fn lead(&mut self, stop: &mut watch::Receiver<bool>) -> Result<(), LedgerError> {
        // Somebody may have published meanwhile, before the lead was ours.
        if !self.ledger.may_go_on().await? {
            return Ok(());
        }
        let mut head = self.complete(self.ledger.head().await?).await?;
        self.heal(&head).await?;
        while !*stop.borrow() && stop.has_changed().is_ok() && !self.ledger.db.is_frozen() {
            self.wait_for_events(&head, stop).await?;
            if let Some(next) = self.batch(&head).await? {
                head = next;
            }
        }
        Ok(())
    }

    /// Waits until a batch is full, or one event has waited for long enough.
    async fn wait_for_events(
        &self,
        head: &Head,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), LedgerError> {
        let settings = &self.ledger.settings;
        let (mut since, mut healed) = (None, Instant::now());
        loop {
            let waiting = self.count_waiting(head.last_seq).await?;
            if waiting > 0 {
                let since = *since.get_or_insert_with(Instant::now);
                if waiting >= settings.batch_entries || since.elapsed() >= settings.batch_time() {
                    return Ok(());
                }
            }
            if healed.elapsed() >= HEAL {
                self.heal(head).await?;
                healed = Instant::now();
            }
            if timeout(LOOK, stop.changed()).await.is_ok() {
                return Ok(());
            }
        }
    }

    /// How many events are behind the last one in the log.
    async fn count_waiting(&self, last_seq: i64) -> Result<u64, LedgerError> {
        let waiting = self.events.newest().await?.saturating_sub(last_seq).max(0).cast_unsigned();
        metrics::gauge!("waybill_ledger_waiting_events").set(waiting as f64);
        Ok(waiting)
    }
}

/// Gives signs of life.
struct LeaseKeeper {
    ledger: Ledger,
    lease: Uuid,
}

impl LeaseKeeper {
    async fn renew(&self) -> Result<bool, LedgerError> {
        let (lease, now) = (self.lease, self.ledger.clock.now());
        let (until, alone) = (now.after(LEASE), self.ledger.db.freshness().is_alone());
        let change = async move |tx: &Tx| store::head::lease(&**tx, lease, alone, now, until).await;
        Ok(self.ledger.db.keep_books(change).await?)
    }

    /// Returns only when the lease is lost.
    async fn keep(&self) {
        let mut tick = interval(RENEW);
        tick.tick().await;
        loop {
            tick.tick().await;
            match self.renew().await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(%error, "the lead of the ledger was not renewed");
                    sleep(LOOK).await;
                }
            }
        }
    }
}
