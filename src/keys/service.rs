//! Keeping and finding keys.

use std::sync::Arc;
use std::time::Duration;

use super::model::context;
use super::{KeyError, MasterKey, NewKey, PublicKey, Purpose, SigningKey, WrappedKey, store};
use crate::db::{Db, DbError, Tx};
use crate::types::{EventId, KeyId, Timestamp};

/// The keys of an installation. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    db: Db,
    master: Arc<MasterKey>,
}

impl Keys {
    /// Over a database, under the master key of the installation.
    pub fn new(db: Db, master: MasterKey) -> Self {
        Self { db, master: Arc::new(master) }
    }

    /// The key that signs for a purpose now.
    ///
    /// # Errors
    /// `Missing` before the first was kept, `WrongMasterKey`, or `Db`.
    pub async fn signing(&self, purpose: Purpose) -> Result<SigningKey, KeyError> {
        let row = store::current(self.db.read(), purpose).await?.ok_or(KeyError::Missing)?;
        let seed = self.master.unwrap(&context(row.id, purpose), &row.wrapped);
        Ok(SigningKey::new(row.id, row.since, seed.ok_or(KeyError::WrongMasterKey)?))
    }

    /// The keys that sign for a purpose, the newest first: the one that does now, and those that it succeeded less than
    /// `overlap` ago.
    ///
    /// # Errors
    /// As [`Keys::signing`].
    pub async fn all_signing(
        &self,
        purpose: Purpose,
        now: Timestamp,
        overlap: Duration,
    ) -> Result<Vec<SigningKey>, KeyError> {
        let mut keys = Vec::new();
        for row in store::all(self.db.read(), purpose).await? {
            let id = row.id.into();
            let retired = row.valid_to_us.map(Timestamp::from_micros);
            if retired.is_none_or(|retired| now < retired.after(overlap)) {
                let seed = self.master.unwrap(&context(id, purpose), &row.wrapped_key);
                let since = Timestamp::from_micros(row.valid_from_us);
                keys.push(SigningKey::new(id, since, seed.ok_or(KeyError::WrongMasterKey)?));
            }
        }
        if keys.is_empty() { Err(KeyError::Missing) } else { Ok(keys) }
    }

    /// All keys that a purpose ever had, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn history(&self, purpose: Purpose) -> Result<Vec<PublicKey>, DbError> {
        store::all(self.db.read(), purpose).await?.into_iter().map(store::of_row).collect()
    }

    /// The same, each with its private half, under the master key.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn wrapped(&self, purpose: Purpose) -> Result<Vec<WrappedKey>, DbError> {
        let rows = store::all(self.db.read(), purpose).await?.into_iter();
        Ok(rows
            .map(|row| WrappedKey {
                id: row.id.into(),
                purpose: row.purpose,
                public_key: hex::encode(row.public_key),
                wrapped_key: hex::encode(row.wrapped_key),
                since_us: Timestamp::from_micros(row.valid_from_us),
                event: row.from_event.into(),
            })
            .collect())
    }

    /// Puts keys back that the database lacks, as part of a change. The newest of them signs.
    ///
    /// # Errors
    /// When the database does not answer, or a key is nonsense.
    pub async fn put_back(tx: &Tx, mut keys: Vec<WrappedKey>) -> Result<(), DbError> {
        keys.sort_by_key(|key| key.since_us);
        for (at, key) in keys.iter().enumerate() {
            let successor = keys.get(at + 1).map(|next| (next.since_us, next.event));
            store::put_back(&**tx, key, successor).await?;
        }
        Ok(())
    }

    /// A public key of a purpose, by its id, if it signs now or did so until less than `overlap` ago.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn public(
        &self,
        purpose: Purpose,
        id: KeyId,
        now: Timestamp,
        overlap: Duration,
    ) -> Result<Option<PublicKey>, DbError> {
        let found = store::public(self.db.read(), purpose, id).await?;
        Ok(found.filter(|key| key.retired_at.is_none_or(|retired| now < retired.after(overlap))))
    }

    /// Makes a key pair, without keeping it yet.
    ///
    /// # Errors
    /// `Crypto`.
    pub fn generate(&self, purpose: Purpose) -> Result<NewKey, KeyError> {
        NewKey::generate(&self.master, purpose)
    }

    /// Ends a key's signing without a successor, as part of a change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn retire_in(tx: &Tx, id: KeyId, at: Timestamp, event: EventId) -> Result<(), DbError> {
        store::retire(&**tx, id, at, event).await
    }

    /// Keeps a new key as part of a change, as the successor of `before`: the key that must sign now, or none. Says
    /// whether it did; somebody else may have been faster.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn keep_in(
        tx: &Tx,
        key: &NewKey,
        before: Option<KeyId>,
        now: Timestamp,
        event: EventId,
    ) -> Result<bool, DbError> {
        if store::current(&**tx, key.purpose).await?.map(|row| row.id) != before {
            return Ok(false);
        }
        if let Some(before) = before {
            store::retire(&**tx, before, now, event).await?;
        }
        store::insert(&**tx, key, now, event).await
    }
}
