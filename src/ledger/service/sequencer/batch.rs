//! One batch, from the events that wait to the checkpoint that everybody is shown.

use fail::fail_point;

use super::Sequencer;
use crate::ledger::error::LedgerError;
use crate::ledger::service::append::{Batch, MAX};
use crate::ledger::service::signing::sign;
use crate::ledger::store::entries;
use crate::ledger::store::head::Head;

impl Sequencer {
    /// Makes the next batch and publishes it. Returns the new head; none when there was nothing to do.
    pub(super) async fn batch(&mut self, old: &Head) -> Result<Option<Head>, LedgerError> {
        // Somebody may have put the database back meanwhile; nothing must be told of its events then.
        if !self.ledger.is_still(old).await? {
            return Err(LedgerError::Superseded);
        }
        let db = &self.ledger.db;
        let Some(end) = self.events.safe_end().await? else {
            return Err(LedgerError::Unsecured("a change has been under way for too long".to_owned()));
        };
        let waiting = entries::waiting(db.read(), old.last_seq, end, MAX).await?;
        let Some(last) = waiting.last().map(|event| event.seq) else { return Ok(None) };
        fail_point!("ledger-ordered");
        self.secure.secure(last).await.map_err(LedgerError::Unsecured)?;
        fail_point!("ledger-secured");
        let Some(batch) = Batch::derive(db, old, waiting).await? else { return Ok(None) };
        metrics::histogram!("waybill_ledger_batch_entries").record(batch.len() as f64);
        let note = sign(&batch.checkpoint(), &self.ledger.signers(&old.origin).await?).await?;
        fail_point!("ledger-signed");
        let new = batch.commit(db, note.to_string()).await?;
        fail_point!("ledger-committed");
        self.complete(new).await.map(Some)
    }
}
