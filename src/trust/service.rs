//! The verbs of trust, a file per resource.

mod attest;
mod contents;
mod effective;
mod facts;
mod facts_of;
mod gate;
mod inspect;
mod known;
mod policies;
mod record;
pub mod replay;
mod report;
mod statement;
mod summary;
mod summary_keys;
mod upkeep;
mod verify;

use std::sync::Arc;

use effective::Memory;
use tokio::sync::Semaphore;

use super::error::TrustError;
use crate::blobs::{Blobs, Storage};
use crate::db::Db;
use crate::identity::Identity;
use crate::keys::Keys;
use crate::projects::{Project, Projects};
use crate::types::{Clock, ProjectName};

pub use attest::Attested;
pub use effective::HeldPolicy;
pub use facts::{Asked, Built};
pub use policies::{POLICY_CHANGED, PolicyChanged, ShownPolicy};
pub use record::{VERIFICATION_CHANGED, VerificationChanged};
pub use report::{Report, Told};
pub use summary_keys::RotateSummaryKey;
pub use upkeep::{CatchUp, InspectEvidence, VerifyAgain};
use verify::Lane;

/// Trust policies and what is verified under them. Cheap to clone; clones share what is remembered.
#[derive(Clone)]
pub struct Trust {
    db: Db,
    clock: Arc<dyn Clock>,
    projects: Projects,
    identity: Identity,
    storage: Storage,
    blobs: Blobs,
    keys: Keys,
    memory: Arc<Memory>,
    /// Verifications that run at once: they take a core each, and others need some as well.
    slots: Arc<Semaphore>,
    /// One more for what counted before the policy was edited, which must not wait behind what nobody knows yet.
    proven_slot: Arc<Semaphore>,
    /// Readers for whom a signature is looked for at once.
    lookouts: Arc<Semaphore>,
}

/// How many readers that may be; the others wait for their turn.
const LOOKOUTS: usize = 2;

impl Trust {
    /// Composes the room.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        projects: Projects,
        identity: Identity,
        storage: Storage,
        blobs: Blobs,
        keys: Keys,
    ) -> Self {
        let memory = Arc::new(Memory::new(&db));
        let slots = (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1);
        let lookouts = Arc::new(Semaphore::new(LOOKOUTS));
        Self {
            db,
            clock,
            projects,
            identity,
            storage,
            blobs,
            keys,
            memory,
            slots: Arc::new(Semaphore::new(slots)),
            proven_slot: Arc::new(Semaphore::new(1)),
            lookouts,
        }
    }

    async fn project(&self, name: &ProjectName) -> Result<Project, TrustError> {
        self.projects.find(name).await?.ok_or_else(|| TrustError::NoSuchProject(name.clone()))
    }
}
