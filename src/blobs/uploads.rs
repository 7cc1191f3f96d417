//! Upload sessions: begun, appended to, finished or cancelled, by any request in turn.
//!
//! A session's truth is its row: how many bytes are durable, and the hash state after them. A request that dies half-way
//! leaves bytes behind that, which the next one cuts off.

use bytes::Bytes;
use futures_util::Stream;

use super::receive::Received;
use super::service::Blobs;
use super::storage::Hold;
use super::{BlobError, ObjectState, Progress, Session, store};
use crate::db::{DbError, Tx};
use crate::http::BodyError;
use crate::types::{AccountId, Algorithm, ChunkRange, Digest, ObjectKey, RepositoryId, Timestamp, UploadId};

/// A content that is whole and durable, ready to become a blob in a transaction.
#[derive(Debug, Clone)]
pub struct Finished {
    session: Session,
    /// The digest that the client named.
    pub digest: Digest,
    sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Nobody gets to the file before it is a blob.
    _hold: Hold,
}

impl Blobs {
    /// Opens a session as part of a change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start_in(&self, tx: &Tx, session: &Session) -> Result<(), DbError> {
        let now = self.clock.now();
        store::insert_upload(&**tx, session, now, now.after(self.upload_expiry)).await
    }

    /// A session of this account in this repository.
    ///
    /// # Errors
    /// `UnknownUpload` when there is none.
    pub async fn session(
        &self,
        id: UploadId,
        repository: RepositoryId,
        account: AccountId,
    ) -> Result<Session, BlobError> {
        let now = self.clock.now();
        store::find_upload(self.db.read(), id, repository, account, now)
            .await?
            .ok_or(BlobError::UnknownUpload)
    }

    /// Appends a body to a session. Without a `chunk` range, what came before a broken connection is kept; with one,
    /// it is all or nothing.
    ///
    /// # Errors
    /// `OutOfOrder`, `ChunkLength`, `Busy`, `StorageFull`, or what broke the body.
    pub async fn append(
        &self,
        session: &Session,
        chunk: Option<ChunkRange>,
        body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    ) -> Result<Progress, BlobError> {
        let received = self.receive(session, chunk, body).await?;
        let session = &received.session;
        if session.received > received.recorded {
            self.record_progress(session, received.recorded, received.appender.hold()).await?;
        }
        Ok(Progress { id: session.id, received: session.received })
    }

    /// Appends the last body and checks the whole content's digest. A content with another digest ends the session;
    /// nothing of it is kept.
    ///
    /// # Errors
    /// `DigestMismatch`, and all that [`Blobs::append`] returns.
    pub async fn complete(
        &self,
        session: &Session,
        chunk: Option<ChunkRange>,
        body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
        digest: Digest,
    ) -> Result<Finished, BlobError> {
        let Received { session, recorded, appender } = self.receive(session, chunk, body).await?;
        let (sha256, sha512) = session.hashes.digests();
        let actual = match (digest.algorithm(), sha512) {
            (Algorithm::Sha256, _) => sha256.clone(),
            (Algorithm::Sha512, Some(sha512)) => sha512,
            // Not announced: hash what is on disk once more.
            (Algorithm::Sha512, None) => appender.sha512().await?,
        };
        let size = session.received;
        // The row still says what it said before this body; the transaction that ends the session compares with that.
        let session = Session { received: recorded, ..session };
        if actual != digest {
            self.cancel(&session).await?;
            return Err(BlobError::DigestMismatch { expected: digest, actual });
        }
        Ok(Finished { session, digest, sha256, size, _hold: appender.hold() })
    }

    /// Turns a finished content into a blob: the one statement that makes it exist. When the same content was there
    /// already, that is kept and these bytes go: their object is returned, for [`Blobs::discard`] after the commit.
    ///
    /// # Errors
    /// `UnknownUpload` when the session was ended by another request meanwhile.
    pub async fn finish_in(
        tx: &Tx,
        finished: &Finished,
        now: Timestamp,
    ) -> Result<Option<ObjectKey>, BlobError> {
        let Finished { session, digest, sha256, size, _hold: _ } = finished;
        if !store::remove_upload(&**tx, session.id, session.received).await? {
            return Err(BlobError::UnknownUpload);
        }
        let named = store::insert_blob(&**tx, sha256, session.object, *size, now).await?;
        if digest != sha256 {
            store::insert_blob(&**tx, digest, named, *size, now).await?;
        }
        let superfluous = (named != session.object).then_some(session.object);
        let state = if superfluous.is_some() { ObjectState::Doomed } else { ObjectState::Stored };
        store::set_object_state(&**tx, session.object, state).await?;
        Ok(superfluous)
    }

    /// Removes the bytes of a doomed object at once. What fails here is left to the sweep.
    pub async fn discard(&self, key: ObjectKey) {
        let removed = async {
            // No row of a blob names a doomed object, so its bytes go first: the row is what leads back to them.
            self.storage.remove(key).await?;
            self.db.write(async move |tx: &Tx| store::remove_doomed(&**tx, key).await).await?;
            Ok::<_, BlobError>(())
        };
        if let Err(error) = removed.await {
            tracing::warn!(%error, object = %key, "bytes that nothing needs were left to the sweep");
        }
    }

    /// Ends a session and gives up its bytes.
    ///
    /// # Errors
    /// `UnknownUpload` when it has ended, or gone on, meanwhile.
    pub async fn cancel(&self, session: &Session) -> Result<(), BlobError> {
        let (id, received, object) = (session.id, session.received, session.object);
        let open = self
            .db
            .write(async move |tx: &Tx| store::abandon_upload(&**tx, id, object, received).await)
            .await?;
        if !open {
            return Err(BlobError::UnknownUpload);
        }
        self.discard(object).await;
        Ok(())
    }
}
