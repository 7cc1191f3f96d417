//! Finding and reading blobs.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::storage::{ByteStream, Storage};
use super::{BlobError, BlobInfo, store};
use crate::db::{Db, DbError, Tx};
use crate::types::{Clock, Digest, ResolvedRange};

/// The blobs of the installation, whichever repositories hold them. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) storage: Storage,
    pub(super) upload_expiry: Duration,
}

impl Blobs {
    /// Over a database and a storage. A session without progress ends after `upload_expiry`.
    pub fn new(db: Db, clock: Arc<dyn Clock>, storage: Storage, upload_expiry: Duration) -> Self {
        Self { db, clock, storage, upload_expiry }
    }

    /// The blob that a digest names. Whether the caller may know is the registry's question.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, digest: &Digest) -> Result<Option<BlobInfo>, DbError> {
        store::find_blob(self.db.read(), digest).await
    }

    /// As [`Blobs::find`], inside a change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_in(tx: &Tx, digest: &Digest) -> Result<Option<BlobInfo>, DbError> {
        store::find_blob(&**tx, digest).await
    }

    /// Bytes of a blob.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn read(&self, blob: BlobInfo, range: ResolvedRange) -> Result<ByteStream, BlobError> {
        self.storage.read(blob.object, range).await
    }

    /// Refuses `more` bytes that would leave less free space than the database needs.
    ///
    /// # Errors
    /// `StorageFull`.
    pub fn demand_space(&self, more: u64) -> Result<(), BlobError> {
        self.storage.demand_space(more)
    }

    /// Keeps a manifest's bytes beside its row.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails.
    pub async fn keep_manifest(&self, digest: &Digest, bytes: Bytes) -> Result<(), BlobError> {
        self.storage.put_manifest(digest, bytes).await
    }
}
