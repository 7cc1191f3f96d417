//! The log's keys: who signs its checkpoints, and by what they are verified.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;

use super::Record;
use super::log::Ledger;
use crate::access::Caller;
use crate::blobs::Storage;
use crate::db::{DbError, Tx};
use crate::keys::{KeyError, Keys, Purpose, SigningKey, WrappedKey};
use crate::ledger::error::LedgerError;
use crate::ledger::model::{Checkpoint, Event, LogOrigin, NoteError, NoteSignature, SignedNote, VerifierKey};
use crate::ledger::{Fact, store};
use crate::types::{KeyId, Timestamp};

/// Where the keys are kept in the storage, under the master key, so that the storage alone can go on with the log.
const FOLDER: &str = "ledger/keys";

/// Most keys that sign beside each other.
const MAX_SIGNING: usize = 8;

/// Something that signs for the log. Today a row under the master key; a key service can take its place.
#[async_trait]
pub trait Signer: Send + Sync {
    /// By what its signatures are verified.
    fn key(&self) -> &VerifierKey;

    /// Signs a note's text with Ed25519.
    ///
    /// # Errors
    /// When it can't just now.
    async fn sign(&self, text: &str) -> Result<Vec<u8>, KeyError>;
}

struct StoredKey {
    key: VerifierKey,
    signing: SigningKey,
}

#[async_trait]
impl Signer for StoredKey {
    fn key(&self) -> &VerifierKey {
        &self.key
    }

    async fn sign(&self, text: &str) -> Result<Vec<u8>, KeyError> {
        Ok(self.signing.sign(text.as_bytes()).to_vec())
    }
}

/// Signs a tree head with all of them.
pub(super) async fn sign(
    checkpoint: &Checkpoint,
    signers: &[Box<dyn Signer>],
) -> Result<SignedNote, LedgerError> {
    let text = checkpoint.to_string();
    let mut signatures = Vec::with_capacity(signers.len());
    for signer in signers {
        signatures.push(NoteSignature::by(signer.key(), signer.sign(&text).await?));
    }
    Ok(SignedNote::new(text, signatures))
}

/// A key of the log, and the span in which it signed by itself or as the newest.
#[derive(Debug, Clone)]
pub struct LogKey {
    /// Opaque id; events name it.
    pub id: KeyId,
    /// What clients are configured with.
    pub verifier: VerifierKey,
    /// Since when it signs.
    pub since: Timestamp,
    /// Since when it has a successor, beside which it goes on for a while.
    pub succeeded_at: Option<Timestamp>,
}

impl Ledger {
    /// Who signs now, the newest first.
    pub(super) async fn signers(&self, origin: &LogOrigin) -> Result<Vec<Box<dyn Signer>>, LedgerError> {
        let (now, overlap) = (self.clock.now(), self.settings.key_overlap());
        let keys = self.keys.all_signing(Purpose::Ledger, now, overlap).await?;
        let signer = |signing: SigningKey| {
            let key = VerifierKey::of_log(origin, &signing.public())?;
            Ok::<_, NoteError>(Box::new(StoredKey { key, signing }) as Box<dyn Signer>)
        };
        Ok(keys.into_iter().map(signer).collect::<Result<_, _>>()?)
    }

    /// All keys that the log ever had, the newest first.
    ///
    /// # Errors
    /// `Unnamed`, or when the database does not answer.
    pub async fn key_history(&self) -> Result<Vec<LogKey>, LedgerError> {
        let origin = self.head().await?.origin;
        let mut keys = Vec::new();
        for key in self.keys.history(Purpose::Ledger).await? {
            let verifier = VerifierKey::of_log(&origin, &key.bytes)?;
            keys.push(LogKey { id: key.id, verifier, since: key.since, succeeded_at: key.retired_at });
        }
        Ok(keys)
    }

    /// The keys that sign checkpoints now, the newest first.
    ///
    /// # Errors
    /// As [`Ledger::key_history`].
    pub async fn verifier_keys(&self) -> Result<Vec<VerifierKey>, LedgerError> {
        let (now, overlap) = (self.clock.now(), self.settings.key_overlap());
        let mut keys = self.key_history().await?;
        keys.retain(|key| key.succeeded_at.is_none_or(|at| now < at.after(overlap)));
        Ok(keys.into_iter().map(|key| key.verifier).collect())
    }

    /// Makes the first key if there is none, and tries the master key on those that sign.
    pub(super) async fn ensure_key(&self) -> Result<(), LedgerError> {
        match self.keys.signing(Purpose::Ledger).await {
            Ok(_) => return Ok(()),
            Err(KeyError::Missing) => {}
            Err(error) => return Err(error.into()),
        }
        self.succeed(&Caller::system(), None).await?;
        // Another replica may have been faster, under another master key.
        self.keys.signing(Purpose::Ledger).await?;
        Ok(())
    }

    /// Has a new key sign from now on, and the present one beside it until the overlap is over.
    ///
    /// # Errors
    /// `Keys`, `TooManyKeys`, or `Superseded` when another rotation was faster.
    pub async fn rotate_key(&self, caller: &Caller) -> Result<LogKey, LedgerError> {
        let signing = self.verifier_keys().await?.len();
        if signing >= MAX_SIGNING {
            return Err(LedgerError::TooManyKeys(signing));
        }
        let before = self.keys.signing(Purpose::Ledger).await?.id;
        if !self.succeed(caller, Some(before)).await? {
            return Err(LedgerError::Superseded);
        }
        self.key_history().await?.into_iter().next().ok_or(LedgerError::Keys(KeyError::Missing))
    }

    async fn succeed(&self, caller: &Caller, before: Option<KeyId>) -> Result<bool, LedgerError> {
        let (key, now, caller) = (self.keys.generate(Purpose::Ledger)?, self.clock.now(), caller.clone());
        let kept = self.db.write(async move |tx: &Tx| {
            let (id, purpose) = (key.id.to_string(), Purpose::Ledger.as_str().to_owned());
            let public_key = hex::encode(key.public());
            let fact = match before {
                None => Fact::KeyCreated { key: id, purpose, public_key },
                Some(before) => Fact::KeyRotated { key: id, purpose, public_key, before: before.to_string() },
            };
            let event = Event::new(&caller, now, None, fact);
            if !Keys::keep_in(tx, &key, before, now, event.id()).await? {
                return Ok(false);
            }
            tx.record(&[event]).await?;
            Ok::<_, DbError>(true)
        });
        Ok(kept.await?)
    }

    /// Keeps the keys in the storage too, except those of which this process knows that they are there. One whose event is
    /// behind `last_seq` has its turn with that: a storage that holds a key knows how it came to be.
    pub(super) async fn store_keys(
        &self,
        stored: &mut HashSet<KeyId>,
        last_seq: i64,
    ) -> Result<(), LedgerError> {
        for key in self.keys.wrapped(Purpose::Ledger).await? {
            if stored.contains(&key.id) {
                continue;
            }
            let told = store::listing::seq_of(self.db.read(), key.event).await?;
            if told.is_none_or(|seq| seq > last_seq) {
                continue;
            }
            let bytes = serde_json::to_vec(&key).map_err(|error| DbError::corrupt("signing_key", error))?;
            self.storage.put(&format!("{FOLDER}/{}.json", key.id), Bytes::from(bytes)).await?;
            stored.insert(key.id);
        }
        Ok(())
    }
}

/// The log's keys that the storage holds.
///
/// # Errors
/// When the storage does not answer, or one of them can't be read.
pub(super) async fn stored_keys(storage: &Storage) -> Result<Vec<WrappedKey>, LedgerError> {
    let (mut keys, mut after) = (Vec::new(), None::<String>);
    loop {
        let page = storage.list(FOLDER, after.as_deref()).await?;
        for object in &page.objects {
            if let Some(bytes) = storage.get(&object.key).await? {
                let key = serde_json::from_slice(&bytes);
                keys.push(key.map_err(|error| DbError::corrupt("key in the storage", error))?);
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(keys),
        }
    }
}
