//! How long to leave somebody alone who did not answer as hoped.

use std::time::Duration;

use rand::RngExt;

/// The first wait; each is twice the one before, up to the longest.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(60);

/// The waits of one outage.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failure; returns how long to wait, and whether it is the first of its outage.
    pub fn failed(&mut self) -> (Duration, bool) {
        let jitter = rand::rng().random_range(0.75..1.0);
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        (wait.mul_f64(jitter), self.failures == 1)
    }

    /// Forgets them; says whether there were any.
    pub const fn succeeded(&mut self) -> bool {
        let failed = self.failures > 0;
        self.failures = 0;
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute() {
        let mut backoff = Backoff::default();
        let (first, is_first) = backoff.failed();
        assert!(is_first && first <= FIRST);
        let waits: Vec<Duration> = (0..100).map(|_| backoff.failed().0).collect();
        assert!(waits.iter().all(|wait| *wait <= LONGEST) && waits[99] >= LONGEST.mul_f64(0.75));
        assert!(backoff.succeeded() && !backoff.succeeded());
        assert!(backoff.failed().1);
    }
}
