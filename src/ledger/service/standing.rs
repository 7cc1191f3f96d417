//! The log's name, and how its head in the database stands to what was published.

use uuid::Uuid;

use super::log::Ledger;
use crate::blobs::Storage;
use crate::db::Tx;
use crate::http::ExternalUrl;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{Checkpoint, LogOrigin, SignedNote};
use crate::ledger::store::{self, head::Head};

/// The newest published checkpoint, in the storage.
pub const CHECKPOINT: &str = "ledger/checkpoint";

impl Ledger {
    /// Gives the log its name and its first key, unless it has them.
    ///
    /// # Errors
    /// `OtherOrigin` when the settings want another name than it has; `Keys` for the wrong master key.
    pub async fn ensure(&self, external_url: Option<&ExternalUrl>) -> Result<(), LedgerError> {
        let set = self.settings.origin.clone();
        if store::head::find(self.db.read()).await?.is_none() {
            let origin = set.clone().unwrap_or_else(|| default_origin(external_url));
            self.db.write(async move |tx: &Tx| store::head::create(&**tx, &origin).await).await?;
        }
        let stored = self.head().await?.origin;
        if let Some(set) = set
            && set != stored
        {
            return Err(LedgerError::OtherOrigin { stored, set });
        }
        self.ensure_key().await?;
        for key in self.verifier_keys().await? {
            tracing::info!(origin = %stored, %key, "the ledger's verifier key");
        }
        Ok(())
    }

    /// Compares the head with the newest checkpoint in the storage. A database that was put back to an earlier moment must
    /// not sign anything: there would be two histories.
    ///
    /// # Errors
    /// `RolledBack`, `Forked`; `Checkpoint`, `Storage` or `Db` when it can't be told.
    pub async fn compare(&self) -> Result<(), LedgerError> {
        // The storage first: what is published meanwhile is then in both.
        let Some(published) = self.stored_checkpoint().await? else { return Ok(()) };
        let head = store::head::find(self.db.read()).await?;
        let (size, root) = head.as_ref().map_or((0, None), |head| (head.size, Some(head.root)));
        if size < published.size {
            return Err(LedgerError::RolledBack { head: size, published: published.size });
        }
        if head.is_some_and(|head| head.origin != published.origin)
            || (size == published.size && root != Some(published.root))
        {
            return Err(LedgerError::Forked { size: published.size });
        }
        Ok(())
    }

    /// As [`Ledger::compare`]; freezes the database if it must not go on, and says why, once. Returns whether it may.
    ///
    /// # Errors
    /// When it can't be told.
    pub async fn may_go_on(&self) -> Result<bool, LedgerError> {
        if self.db.is_frozen() {
            return Ok(false);
        }
        match self.compare().await {
            Ok(()) => Ok(true),
            Err(error) if self.freeze_for(&error, "Stop this server and run `waybill restore`.") => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Freezes the database if the error says that it must not go on, and tells the operator what to do. Returns whether it
    /// did.
    pub(super) fn freeze_for(&self, error: &LedgerError, advice: &str) -> bool {
        let must = matches!(error, LedgerError::RolledBack { .. } | LedgerError::Forked { .. });
        if must {
            self.db.freeze();
            tracing::error!(
                "{error}. From now on the database is only read: nothing can be pushed, changed or signed. {advice}"
            );
        }
        must
    }

    pub(super) async fn stored_checkpoint(&self) -> Result<Option<Checkpoint>, LedgerError> {
        let note = stored_note(&self.storage).await?;
        Ok(note.map(|note| Checkpoint::parse(note.text())).transpose()?)
    }

    /// Whether the head in the database still is this one.
    pub(super) async fn is_still(&self, head: &Head) -> Result<bool, LedgerError> {
        let now = self.head().await?;
        Ok(now.size == head.size && now.root == head.root)
    }
}

/// The newest published checkpoint as the storage has it.
pub(super) async fn stored_note(storage: &Storage) -> Result<Option<SignedNote>, LedgerError> {
    let Some(bytes) = storage.get(CHECKPOINT).await? else { return Ok(None) };
    Ok(Some(String::from_utf8_lossy(&bytes).parse()?))
}

/// Its URL without the scheme, as the spec recommends; nobody else has the random one either.
fn default_origin(external_url: Option<&ExternalUrl>) -> LogOrigin {
    let of_url = |url: &ExternalUrl| {
        let url = url.to_string();
        let (_, rest) = url.split_once("://")?;
        format!("{}/ledger", rest.trim_end_matches('/')).parse().ok()
    };
    external_url.and_then(of_url).unwrap_or_else(|| LogOrigin::unique(Uuid::new_v4()))
}
