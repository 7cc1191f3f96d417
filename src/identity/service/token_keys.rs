//! The keys that access tokens are signed with, and verified by.

use std::time::Duration;

use super::Identity;
use crate::access::Caller;
use crate::db::{DbError, Tx};
use crate::identity::model::{LEEWAY, LIFETIME};
use crate::keys::{KeyError, Keys, PublicKey, Purpose, SigningKey};
use crate::ledger::{Event, Fact, Record};
use crate::types::KeyId;

/// How long a key signs before another takes over.
const AGE: Duration = Duration::from_secs(90 * 24 * 3600);
/// How long a key is believed after it signed last: as long as its last token lives, and a while for a replica that was
/// about to sign when it was retired.
const OVERLAP: Duration = Duration::from_secs(LIFETIME.as_secs() + 2 * LEEWAY.as_secs() + 60);

impl Identity {
    /// Makes the first key if there is none, and tries the master key on the one that signs.
    ///
    /// # Errors
    /// `WrongMasterKey`, or when the database fails.
    pub async fn ensure_token_key(&self) -> Result<(), KeyError> {
        match self.keys.signing(Purpose::Token).await {
            Ok(_) => return Ok(()),
            Err(KeyError::Missing) => {}
            Err(error) => return Err(error),
        }
        self.succeed(None).await?;
        // Another replica may have been faster, under another master key.
        self.keys.signing(Purpose::Token).await.map(drop)
    }

    /// Has another key take over from one that has signed for long enough; says whether it did.
    ///
    /// # Errors
    /// `WrongMasterKey`, or when the database fails.
    pub async fn rotate_token_key(&self) -> Result<bool, KeyError> {
        let signing = self.keys.signing(Purpose::Token).await?;
        if self.clock.now() < signing.since.after(AGE) {
            return Ok(false);
        }
        self.succeed(Some(signing.id)).await
    }

    /// The key that signs now.
    pub(super) async fn signing_key(&self) -> Result<SigningKey, KeyError> {
        self.keys.signing(Purpose::Token).await
    }

    /// A key by which a token may be verified.
    pub(super) async fn verifying_key(&self, id: KeyId) -> Result<Option<PublicKey>, DbError> {
        self.keys.public(Purpose::Token, id, self.clock.now(), OVERLAP).await
    }

    /// Makes a key that signs from now on, if `before` still is the one that does; says whether it did.
    async fn succeed(&self, before: Option<KeyId>) -> Result<bool, KeyError> {
        let (key, now) = (self.keys.generate(Purpose::Token)?, self.clock.now());
        let kept = self.db.write(async move |tx: &Tx| {
            let (id, purpose) = (key.id.to_string(), Purpose::Token.as_str().to_owned());
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
