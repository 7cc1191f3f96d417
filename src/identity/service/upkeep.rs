//! Work that comes again: closing what has ended, and changing keys that are old.

use std::time::Duration;

use async_trait::async_trait;

use super::Identity;
use crate::jobs::{Done, Handler, Job, JobError};

/// How often ended bindings are looked for. They give no right any more; this is how late the ledger tells of it.
const CLOSE_EVERY: Duration = Duration::from_secs(30);
/// Bindings closed in one go.
const BATCH: usize = 100;
/// How often the age of the token key is looked at.
const ROTATE_EVERY: Duration = Duration::from_secs(6 * 3600);

/// Closes the role bindings that have ended, so that the ledger tells of it.
pub struct CloseExpiredBindings(pub Identity);

#[async_trait]
impl Handler for CloseExpiredBindings {
    fn kind(&self) -> &'static str {
        "identity.close-expired-bindings"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let closed = self.0.close_expired_bindings(BATCH as u64).await;
        let closed = closed.map_err(|error| JobError::Other(error.to_string()))?;
        Ok(Done::Again(if closed == BATCH { Duration::ZERO } else { CLOSE_EVERY }))
    }
}

/// Has another key sign access tokens when the present one is old.
pub struct RotateTokenKey(pub Identity);

#[async_trait]
impl Handler for RotateTokenKey {
    fn kind(&self) -> &'static str {
        "identity.rotate-token-key"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let rotated = self.0.rotate_token_key().await.map_err(|error| JobError::Other(error.to_string()))?;
        if rotated {
            tracing::info!("another key signs access tokens from now on");
        }
        Ok(Done::Again(ROTATE_EVERY))
    }
}
