//! Doing again what events of this room tell of, when a database is rebuilt from the storage.

mod exceptions;
mod promotions;
mod settings;

use bytes::Bytes;

use crate::db::Tx;
use crate::ledger::{RecordedEvent, ReleaseFact, ReplayError};
pub use crate::releases::model::lifecycle_object;

/// Does again what an event tells of. `named` are the bytes of a lifecycle, which is too long for an event. Total over the
/// kinds: one that is added has to say here what it means.
///
/// # Errors
/// `Contradiction` when it can't have happened, or `Db`.
pub async fn apply(
    tx: &Tx,
    past: &RecordedEvent,
    fact: &ReleaseFact,
    named: Option<&Bytes>,
) -> Result<(), ReplayError> {
    use ReleaseFact as F;
    match fact {
        F::EnvironmentCreated(fact) => settings::environment_created(tx, past, fact).await,
        F::EnvironmentUpdated(fact) => settings::environment_updated(tx, past, fact).await,
        F::LifecycleSet(fact) => {
            let bytes = named.ok_or_else(|| past.contradiction("its document was not fetched"))?;
            settings::lifecycle_set(tx, past, fact, bytes).await
        }
        F::LifecycleActivated(fact) => settings::lifecycle_activated(tx, past, fact).await,
        F::ReleaseCreated(fact) => settings::release_created(tx, past, fact).await,
        F::PromotionRequested(fact) => promotions::requested(tx, past, fact).await,
        F::PromotionMoved(fact) => promotions::moved(tx, past, fact).await,
        F::PromotionAdmitted(fact) => promotions::admitted(tx, past, fact).await,
        F::ApprovalGiven(fact) => promotions::approved(tx, past, fact).await,
        F::TicketAnswered(fact) => promotions::ticket_answered(tx, past, fact).await,
        F::FreezeSet(fact) => exceptions::freeze_set(tx, past, fact).await,
        F::FreezeLifted(named) => exceptions::freeze_lifted(tx, past, named).await,
        F::WaiverAsked(fact) => exceptions::waiver_asked(tx, past, fact).await,
        F::WaiverApproved(named) => exceptions::waiver_approved(tx, past, named).await,
        F::WaiverWithdrawn(named) => exceptions::waiver_withdrawn(tx, past, named).await,
        F::QuarantineSet(fact) => exceptions::quarantine_set(tx, past, fact).await,
        F::QuarantineLifted(named) => exceptions::quarantine_lifted(tx, past, named).await,
        F::AutoPromotionHeld(fact) => exceptions::held(tx, past, fact).await,
        F::AutoPromotionReleased(named) => exceptions::released(tx, past, named).await,
        F::ReviewOwed(fact) => exceptions::review_owed(tx, past, fact).await,
        F::ReviewGiven(fact) => exceptions::review_given(tx, past, fact).await,
        // It changed nothing.
        F::DecisionMade(_) => Ok(()),
    }
}
