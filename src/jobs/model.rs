//! A job, how it ends, and when it is tried again.

use std::time::Duration;

use rand::RngExt;
use thiserror::Error;

use crate::db::DbError;
use crate::types::JobId;

/// Tries before a job ends as a dead letter.
const MAX_ATTEMPTS: i32 = 12;
/// The wait after the first failure; it doubles with each.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(3600);

/// A job that this worker holds the lease of.
#[derive(Debug, Clone)]
pub struct Job {
    /// Opaque id.
    pub id: JobId,
    /// Which handler.
    pub kind: String,
    /// JSON for the handler.
    pub payload: String,
    /// How often it was begun, this time included.
    pub attempts: i32,
}

/// How a handler that did not fail leaves its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// There is nothing more to do.
    Finished,
    /// The same again after a while: recurring work.
    Again(Duration),
}

/// Why a handler failed. The text goes to the log and the dead letter.
#[derive(Debug, Error)]
pub enum JobError {
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// What follows a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Try again after a while.
    Retry(Duration),
    /// Give up and show it.
    Dead,
}

/// Whether a job was begun as often as it may be.
pub const fn spent(attempts: i32, recurring: bool) -> bool {
    attempts >= MAX_ATTEMPTS && !recurring
}

/// Doubles the wait with each attempt, with up to a half of jitter, so that failing jobs spread out. Recurring work
/// never dies: it would not come back.
pub fn after_failure(attempts: i32, recurring: bool) -> AfterFailure {
    if spent(attempts, recurring) {
        return AfterFailure::Dead;
    }
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let wait = FIRST_RETRY.saturating_mul(1 << doublings).min(LONGEST_RETRY);
    AfterFailure::Retry(wait.mul_f64(rand::rng().random_range(1.0..1.5)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_and_end() {
        let wait = |attempts| match after_failure(attempts, false) {
            AfterFailure::Retry(wait) => wait,
            AfterFailure::Dead => panic!("died after {attempts}"),
        };
        assert!(wait(1) < Duration::from_millis(1501));
        assert!(wait(5) >= Duration::from_secs(16));
        assert!(wait(11) >= Duration::from_secs(1024));
        assert_eq!(after_failure(12, false), AfterFailure::Dead);
        assert!(matches!(after_failure(1000, true), AfterFailure::Retry(_)));
    }
}
