//! Uploads: sessions that end in a blob which the repository holds.

use bytes::Bytes;
use futures_util::Stream;

use super::Registry;
use crate::access::{AccessError, Caller, Permission};
use crate::blobs::{BlobError, Blobs, Finished, Progress, Session};
use crate::db::Tx;
use crate::http::BodyError;
use crate::ledger::{Event, Fact, Record as _, Subject};
use crate::registry::error::RegistryError;
use crate::registry::store;
use crate::types::{AccountId, Algorithm, ChunkRange, Digest, RepoName, UploadId};

impl Registry {
    /// Opens an upload session.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start_upload(
        &self,
        caller: &Caller,
        name: &RepoName,
        algorithm: Algorithm,
    ) -> Result<Progress, RegistryError> {
        let session = self.open_session(caller, account(caller)?, name, algorithm).await?;
        Ok(Progress { id: session.id, received: 0 })
    }

    /// Takes a whole blob in one request.
    ///
    /// # Errors
    /// As [`Registry::finish_upload`]; no session stays open.
    pub async fn push_blob(
        &self,
        caller: &Caller,
        name: &RepoName,
        digest: Digest,
        body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    ) -> Result<(), RegistryError> {
        let session = self.open_session(caller, account(caller)?, name, digest.algorithm()).await?;
        let outcome = self.complete(caller, name, &session, None, body, digest).await;
        if outcome.is_err() {
            // The client does not know the session, so it could not go on with it.
            let left = self.blobs.session(session.id, session.repository, session.account).await;
            if let Ok(session) = left {
                self.blobs.cancel(&session).await?;
            }
        }
        outcome
    }

    /// Appends a chunk.
    ///
    /// # Errors
    /// See [`Blobs::append`].
    pub async fn append_upload(
        &self,
        caller: &Caller,
        name: &RepoName,
        id: UploadId,
        chunk: Option<ChunkRange>,
        body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    ) -> Result<Progress, RegistryError> {
        let session = self.session(caller, name, id).await?;
        Ok(self.blobs.append(&session, chunk, body).await?)
    }

    /// Appends what is left and makes the whole a blob of the repository.
    ///
    /// # Errors
    /// `DigestMismatch`, which ends the session, and all that [`Blobs::append`] returns.
    pub async fn finish_upload(
        &self,
        caller: &Caller,
        name: &RepoName,
        id: UploadId,
        chunk: Option<ChunkRange>,
        body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
        digest: Digest,
    ) -> Result<(), RegistryError> {
        let session = self.session(caller, name, id).await?;
        self.complete(caller, name, &session, chunk, body, digest).await
    }

    /// How far a session has come.
    ///
    /// # Errors
    /// `UnknownUpload`.
    pub async fn upload_status(
        &self,
        caller: &Caller,
        name: &RepoName,
        id: UploadId,
    ) -> Result<Progress, RegistryError> {
        let session = self.session(caller, name, id).await?;
        Ok(Progress { id, received: session.received })
    }

    /// Gives a session up.
    ///
    /// # Errors
    /// `UnknownUpload`.
    pub async fn cancel_upload(
        &self,
        caller: &Caller,
        name: &RepoName,
        id: UploadId,
    ) -> Result<(), RegistryError> {
        let session = self.session(caller, name, id).await?;
        Ok(self.blobs.cancel(&session).await?)
    }

    /// Opens a session that `account` alone may go on with.
    pub(super) async fn open_session(
        &self,
        caller: &Caller,
        account: AccountId,
        name: &RepoName,
        algorithm: Algorithm,
    ) -> Result<Session, RegistryError> {
        let (registry, caller, name) = (self.clone(), caller.clone(), name.clone());
        self.db
            .write(async move |tx: &Tx| {
                let mut events = Vec::new();
                let repository = registry.ensure_repository(tx, &caller, &name, &mut events).await?;
                let session = Session::new(repository.id, account, algorithm);
                registry.blobs.start_in(tx, &session).await?;
                tx.record(&events).await?;
                Ok(session)
            })
            .await
    }

    async fn session(
        &self,
        caller: &Caller,
        name: &RepoName,
        id: UploadId,
    ) -> Result<Session, RegistryError> {
        let repository = self.find_repository(name).await?.ok_or(BlobError::UnknownUpload)?;
        Ok(self.blobs.session(id, repository.id, account(caller)?).await?)
    }

    async fn complete(
        &self,
        caller: &Caller,
        name: &RepoName,
        session: &Session,
        chunk: Option<ChunkRange>,
        body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
        digest: Digest,
    ) -> Result<(), RegistryError> {
        let finished = self.blobs.complete(session, chunk, body, digest).await?;
        self.still_may(caller, Permission::RepositoryPush, name).await?;
        self.keep_finished(caller, name, session, finished).await
    }

    /// Makes a finished content a blob of the repository, for somebody who may push.
    pub(super) async fn keep_finished(
        &self,
        caller: &Caller,
        name: &RepoName,
        session: &Session,
        finished: Finished,
    ) -> Result<(), RegistryError> {
        let found = self.find_repository(name).await?.filter(|found| found.id == session.repository);
        let project = found.ok_or(BlobError::UnknownUpload)?.project;
        let (caller, name, repository) = (caller.clone(), name.clone(), session.repository);
        let clock = self.clock.clone();
        let superfluous = self
            .db
            .write(async move |tx: &Tx| {
                let now = clock.now();
                let superfluous = Blobs::finish_in(tx, &finished, now).await?;
                let fact = Fact::BlobPushed { size: finished.size.to_string() };
                let event = Event::new(&caller, now, Some(project), fact)
                    .about(Subject::new(&name, &finished.digest));
                // Pushing what the repository holds already changes nothing.
                if store::blobs::link(&**tx, repository, &finished.digest, now, event.id()).await? {
                    tx.record(&[event]).await?;
                }
                Ok::<_, RegistryError>(superfluous)
            })
            .await?;
        if let Some(object) = superfluous {
            self.blobs.discard(object).await;
        }
        Ok(())
    }
}

/// Only somebody who logged in can push: sessions belong to accounts.
fn account(caller: &Caller) -> Result<AccountId, RegistryError> {
    caller.account.ok_or_else(|| AccessError::Unauthenticated.into())
}
