//! Counting failed log-ins, and turning away who had too many.

use std::time::Duration;

use super::passwords::Turn;
use super::{Identity, failed};
use crate::access::{AccessError, Caller};
use crate::db::{DbError, Tx};
use crate::http::Origin;
use crate::identity::model::Attempt;
use crate::identity::store::failures;
use crate::ledger::{Event, Fact, Record};
use crate::types::{AccountId, Timestamp};

/// How long a wrong password takes while failures can't be counted.
const UNCOUNTED: Duration = Duration::from_secs(2);

impl Identity {
    /// Turns an attempt away whose name, address or both failed too often.
    ///
    /// # Errors
    /// `TooManyAttempts` until the window ends that is full, or `Failed`.
    pub(super) async fn within_limits(&self, attempt: &Attempt) -> Result<(), AccessError> {
        let (now, limits) = (self.clock.now(), attempt.limits(&self.limits));
        let keys = limits.map(|(key, _)| key);
        let counters = failures::counts(self.db.read(), &keys, now).await.map_err(failed)?;
        let full = counters.iter().filter(|counter| {
            limits.iter().any(|(key, limit)| counter.key == *key && counter.failures >= *limit)
        });
        match full.map(|counter| counter.window_ends_us).max() {
            None => Ok(()),
            Some(ends) => Err(AccessError::TooManyAttempts { wait: Timestamp::from_micros(ends).since(now) }),
        }
    }

    /// Counts a failure. When it stops the log-ins to an account, an event says so, once per window.
    /// `turn` is held until it is counted.
    pub(super) async fn count_failure(
        &self,
        attempt: &Attempt,
        account: Option<AccountId>,
        origin: &Origin,
        turn: Turn,
    ) -> Result<(), DbError> {
        metrics::counter!("waybill_login_failures_total").increment(1);
        if self.db.is_frozen() {
            // Nothing can be counted. The turn is given back first: to hold it while waiting would let whoever guesses
            // keep everybody else from logging in.
            drop(turn);
            tokio::time::sleep(UNCOUNTED).await;
            return Ok(());
        }
        let (now, limits) = (self.clock.now(), self.limits);
        let ends = now.after(limits.window);
        let (attempt, caller) = (attempt.clone(), Caller::anonymous(origin.clone()));
        let counted = self
            .db
            .write(async move |tx: &Tx| {
                let keys = attempt.limits(&limits).map(|(key, _)| key);
                let counters = failures::count(&**tx, &keys, now, ends).await?;
                let count = |key: &str| {
                    counters.iter().find(|counter| counter.key == key).map_or(0, |counter| counter.failures)
                };
                // The first failure of a window is a good moment to forget those of others.
                if count(&attempt.address) == 1 {
                    failures::prune(&**tx, now).await?;
                }
                let stopped = [(&attempt.pair, limits.pair), (&attempt.name, limits.name)]
                    .into_iter()
                    .map(|(key, limit)| (count(key), limit))
                    .find(|(count, limit)| count >= limit);
                let (Some(account), Some((failures, _))) = (account, stopped) else { return Ok(()) };
                if failures::mark(&**tx, &format!("told:{account}"), now, ends).await? {
                    let fact =
                        Fact::LoginLimited { account: account.to_string(), failures: failures.to_string() };
                    tx.record(&[Event::new(&caller, now, None, fact)]).await?;
                }
                Ok(())
            })
            .await;
        drop(turn);
        counted
    }

    /// Forgets the failures of this name from this address, after a success. Those of the name alone stay: a guesser
    /// elsewhere gains nothing by it.
    pub(super) async fn clear_failures(&self, attempt: &Attempt) -> Result<(), DbError> {
        // Who pulls from a frozen database must be able to log in.
        if self.db.is_frozen() {
            return Ok(());
        }
        if failures::counts(self.db.read(), &[&attempt.pair], self.clock.now()).await?.is_empty() {
            return Ok(());
        }
        let pair = attempt.pair.clone();
        self.db.write(async move |tx: &Tx| failures::clear(&**tx, &pair).await).await
    }
}
