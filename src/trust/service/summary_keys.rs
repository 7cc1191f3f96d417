//! The keys by which Waybill itself signs what it says of artifacts.

use std::time::Duration;

use async_trait::async_trait;

use super::Trust;
use crate::access::Caller;
use crate::db::{DbError, Tx};
use crate::jobs::{Done, Handler, Job, JobError};
use crate::keys::{KeyError, Keys, PublicKey, Purpose};
use crate::ledger::{Event, Fact, Record};
use crate::types::KeyId;

/// How long a key signs before another takes over. Longer than one that signs access tokens does: people verify by it, and have
/// to fetch its successor.
const AGE: Duration = Duration::from_secs(365 * 24 * 3600);
/// How often the age of the key is looked at.
const ROTATE_EVERY: Duration = Duration::from_secs(24 * 3600);

impl Trust {
    /// Makes the first key if there is none, and tries the master key on the one that signs.
    ///
    /// # Errors
    /// `WrongMasterKey`, or when the database fails.
    pub async fn ensure_summary_key(&self) -> Result<(), KeyError> {
        match self.keys.signing(Purpose::Summary).await {
            Ok(_) => return Ok(()),
            Err(KeyError::Missing) => {}
            Err(error) => return Err(error),
        }
        self.succeed_key(None).await?;
        // Another replica may have been faster, under another master key.
        self.keys.signing(Purpose::Summary).await.map(drop)
    }

    /// Has another key take over from one that has signed for long enough; says whether it did.
    ///
    /// # Errors
    /// `WrongMasterKey`, or when the database fails.
    pub async fn rotate_summary_key(&self) -> Result<bool, KeyError> {
        let signing = self.keys.signing(Purpose::Summary).await?;
        if self.clock.now() < signing.since.after(AGE) {
            return Ok(false);
        }
        self.succeed_key(Some(signing.id)).await
    }

    /// All keys that ever signed summaries, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn summary_keys(&self) -> Result<Vec<PublicKey>, DbError> {
        self.keys.history(Purpose::Summary).await
    }

    /// Makes a key that signs from now on, if `before` still is the one that does; says whether it did.
    async fn succeed_key(&self, before: Option<KeyId>) -> Result<bool, KeyError> {
        let (key, now) = (self.keys.generate(Purpose::Summary)?, self.clock.now());
        let kept = self.db.write(async move |tx: &Tx| {
            let (id, purpose) = (key.id.to_string(), Purpose::Summary.as_str().to_owned());
            let public_key = hex::encode(key.public());
            let fact = match before {
                None => Fact::KeyCreated { key: id, purpose, public_key },
                Some(before) => Fact::KeyRotated { key: id, purpose, public_key, before: before.to_string() },
            };
            let event = Event::new(&Caller::system(), now, None, fact);
            if !Keys::keep_in(tx, &key, before, now, event.id()).await? {
                return Ok(false);
            }
            tx.record(&[event]).await?;
            Ok::<_, DbError>(true)
        });
        Ok(kept.await?)
    }
}

/// Has another key sign summaries when the present one is old.
pub struct RotateSummaryKey(pub Trust);

#[async_trait]
impl Handler for RotateSummaryKey {
    fn kind(&self) -> &'static str {
        "trust.rotate-summary-key"
    }

    fn recurring(&self) -> bool {
        true
    }

    async fn run(&self, _: &Job) -> Result<Done, JobError> {
        let rotated =
            self.0.rotate_summary_key().await.map_err(|error| JobError::Other(error.to_string()))?;
        if rotated {
            tracing::info!("another key signs verification summaries from now on");
        }
        Ok(Done::Again(ROTATE_EVERY))
    }
}
