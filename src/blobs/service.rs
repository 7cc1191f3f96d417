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
    redirects: bool,
}

impl Blobs {
    /// Over a database and a storage. A session without progress ends after `upload_expiry`.
    pub fn new(db: Db, clock: Arc<dyn Clock>, storage: Storage, upload_expiry: Duration) -> Self {
        Self { db, clock, storage, upload_expiry, redirects: false }
    }

    /// Lets pulls be redirected to presigned addresses in the bucket.
    ///
    /// # Errors
    /// When the storage is a disk, which has none.
    pub fn redirecting(mut self, redirects: bool) -> Result<Self, BlobError> {
        if redirects && matches!(self.storage, Storage::Disk(_)) {
            return Err(BlobError::Storage(
                "storage_redirects needs a bucket, for a disk has no addresses: unset it, or set storage_url"
                    .to_owned(),
            ));
        }
        self.redirects = redirects;
        Ok(self)
    }

    /// The blob that a digest names. Whether the caller may know is the registry's question.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, digest: &Digest) -> Result<Option<BlobInfo>, DbError> {
        store::blobs::find(self.db.read(), digest).await
    }

    /// As [`Blobs::find`], inside a change.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find_in(tx: &Tx, digest: &Digest) -> Result<Option<BlobInfo>, DbError> {
        store::blobs::find(&**tx, digest).await
    }

    /// Bytes of a blob.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn read(&self, blob: BlobInfo, range: ResolvedRange) -> Result<ByteStream, BlobError> {
        self.storage.read(blob.object, range).await
    }

    /// The address in the bucket under which anybody can read a blob for a minute, if pulls are redirected.
    ///
    /// # Errors
    /// When the storage can't sign it.
    pub async fn address(&self, blob: BlobInfo) -> Result<Option<String>, BlobError> {
        if self.redirects { self.storage.presign(blob.object).await } else { Ok(None) }
    }

    /// Refuses `more` bytes that would leave less free space than the database needs.
    ///
    /// # Errors
    /// `StorageFull`.
    pub fn demand_space(&self, more: u64) -> Result<(), BlobError> {
        self.storage.demand_space(more)
    }

    /// Keeps manifests' bytes beside their rows.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails.
    pub async fn keep_manifests(&self, manifests: Vec<(Digest, Bytes)>) -> Result<(), BlobError> {
        let objects = manifests.into_iter().map(|(digest, bytes)| (manifest_object(&digest), bytes));
        self.storage.put_all(objects.collect()).await
    }
}

/// Where the storage keeps a manifest's bytes.
pub fn manifest_object(digest: &Digest) -> String {
    format!("manifests/{}/{}", digest.algorithm().as_str(), digest.hex())
}
