//! Upload sessions: begun, appended to, finished or cancelled, by any request in turn.
//!
//! A session's truth is its row: how many bytes are durable, and the hash state after them. A request that dies half-way
//! leaves bytes behind that, which the next one takes no notice of.

use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;

use super::service::Blobs;
use super::writer::Hold;
use super::{BlobError, Progress, Session, store};
use crate::db::{DbError, Tx};
use crate::http::BodyError;
use crate::types::{AccountId, ChunkRange, Digest, ObjectKey, RepositoryId, Timestamp, UploadId};

/// How long bytes may be on their way into a bucket after what sent them has lost its turn, or was forgotten.
pub(super) const LATE: Duration = Duration::from_secs(15 * 60);

/// A content that is whole and durable, ready to become a blob in a transaction.
#[derive(Debug, Clone)]
pub struct Finished {
    pub(super) session: Session,
    /// The digest that the client named.
    pub digest: Digest,
    pub(super) sha256: Digest,
    /// Bytes.
    pub size: u64,
    /// Nobody gets to the bytes before they are a blob.
    pub(super) hold: Hold,
}

impl Blobs {
    /// Opens a session as part of a change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn start_in(&self, tx: &Tx, session: &Session) -> Result<(), DbError> {
        let now = self.clock.now();
        store::uploads::insert(&**tx, session, now, now.after(self.upload_expiry)).await
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
        store::uploads::find(self.db.read(), id, repository, account, now)
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
        let writer = self.receive(session, chunk, body).await?;
        Ok(Progress { id: session.id, received: writer.record().await? })
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
        self.receive(session, chunk, body).await?.finish(digest).await
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
        let Finished { session, digest, sha256, size, hold } = finished;
        if !store::uploads::remove(&**tx, session.id, session.received, hold.writer()).await? {
            return Err(BlobError::UnknownUpload);
        }
        let named = store::blobs::insert(&**tx, sha256, session.object, *size, now).await?;
        if digest != sha256 {
            store::blobs::insert(&**tx, digest, named, *size, now).await?;
        }
        store::objects::set_stored(&**tx, session.object).await?;
        if named == session.object {
            return Ok(None);
        }
        store::objects::doom(&**tx, session.object, None).await?;
        Ok(Some(session.object))
    }

    /// Removes the bytes of a doomed object at once. What fails here is left to the sweep.
    pub async fn discard(&self, key: ObjectKey) {
        let removed = async {
            let multipart = store::objects::multipart(self.db.read(), key).await?;
            // No row of a blob names a doomed object, so its bytes go first: the row is what leads back to them.
            self.storage.remove(key, multipart.as_deref()).await?;
            let now = self.clock.now();
            self.db.write(async move |tx: &Tx| store::objects::remove_doomed(&**tx, key, now).await).await?;
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
        let (id, received) = (session.id, session.received);
        let late = self.clock.now().after(LATE);
        let object = self
            .db
            .write(async move |tx: &Tx| store::uploads::abandon(&**tx, id, received, late).await)
            .await?
            .ok_or(BlobError::UnknownUpload)?;
        self.discard(object).await;
        Ok(())
    }
}
