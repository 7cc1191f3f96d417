//! Job: the log holds itself to account. Every leaf, tile, bundle and root is made again of what the database holds, and
//! compared; what does not hold becomes an alarm: an event, a metric, an error in the log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Ledger, Record as _};
use crate::access::Caller;
use crate::db::{DbError, Tx};
use crate::jobs::{Done, Handler, Job, JobError};
use crate::ledger::Fact;
use crate::ledger::model::{Event, SignedNote};
use crate::ledger::verify::{Earlier, Installation, Trust, VerifyError, verify};

/// How often. Memory grows by 64 bytes an entry meanwhile.
const INTERVAL: Duration = Duration::from_secs(3600);

/// The recurring audit.
pub struct SelfAudit {
    ledger: Ledger,
    before: Mutex<Before>,
}

/// What came of the last audit by this process.
#[derive(Default)]
struct Before {
    /// The checkpoint up to which everything held.
    checkpoint: Option<SignedNote>,
    /// The alarm that was raised; the same is not recorded again and again.
    alarm: Option<String>,
}

impl SelfAudit {
    /// Of a log.
    pub fn new(ledger: Ledger) -> Self {
        Self { ledger, before: Mutex::default() }
    }

    fn before(&self) -> std::sync::MutexGuard<'_, Before> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn audit(&self) -> Result<(), VerifyError> {
        let Ledger { db, storage, .. } = &self.ledger;
        let mut log = Installation::new(db.clone(), storage.clone(), self.ledger.clone());
        let note = self.before().checkpoint.clone();
        let against =
            note.map(|note| Earlier { what: "the checkpoint of the last self-audit".to_owned(), note });
        let trust = Trust { against: against.into_iter().collect(), ..Trust::default() };
        let verified = verify(&mut log, &trust, &|_, _| {}).await?;
        metrics::gauge!("waybill_ledger_audited_entries").set(verified.checkpoint.size as f64);
        *self.before() = Before { checkpoint: Some(verified.note), alarm: None };
        Ok(())
    }

    async fn raise(&self, error: VerifyError) -> Result<(), JobError> {
        let (why, index) = (error.to_string(), error.index());
        tracing::error!("the ledger does not hold: {why}");
        if self.before().alarm.as_ref() == Some(&why) {
            return Ok(());
        }
        let fact = Fact::LedgerAlarm { why: why.clone(), index: index.map(|index| index.to_string()) };
        let event = Event::new(&Caller::system(), self.ledger.clock.now(), None, fact);
        self.ledger
            .db
            .write(async move |tx: &Tx| tx.record(std::slice::from_ref(&event)).await)
            .await
            .map_err(|error: DbError| JobError::Db(error))?;
        self.before().alarm = Some(why);
        Ok(())
    }
}

#[async_trait]
impl Handler for SelfAudit {
    fn kind(&self) -> &'static str {
        "ledger.self-audit"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        // A log that nothing was published of yet has nothing to hold.
        let published = self.ledger.published().await.map_err(|error| JobError::Other(error.to_string()))?;
        if published.checkpoint.is_empty() {
            return Ok(Done::Again(Duration::from_secs(1)));
        }
        let holds = match self.audit().await {
            Ok(()) => true,
            Err(error) if error.is_finding() => {
                self.raise(error).await?;
                false
            }
            Err(error) => {
                // Neither yes nor no.
                metrics::gauge!("waybill_ledger_holds").set(f64::NAN);
                return Err(JobError::Other(error.to_string()));
            }
        };
        metrics::gauge!("waybill_ledger_holds").set(f64::from(u8::from(holds)));
        Ok(Done::Again(INTERVAL))
    }
}
