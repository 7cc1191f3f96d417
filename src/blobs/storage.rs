//! Where bytes live: on a local disk, or in a bucket of S3, Azure or GCS.
//!
//! Layout of both: `blobs/<last two digits of the key>/<key>`, `manifests/<algorithm>/<hex>`,
//! `trust-policies/sha256/<hex>`, `inventory/<first>-<last>-<uuid>.ndjson`, `events/<first>-<last>-<uuid>.ndjson`, and what the
//! ledger keeps below `ledger/`. A place for copies of its checkpoints holds only `checkpoints/<size, 20 digits>`.

pub(super) mod bucket;
pub(super) mod disk;
mod listing;
mod url;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, TryStreamExt as _};
use uuid::Uuid;

use bucket::Bucket;
pub(super) use bucket::classify;
use disk::Disk;
pub use listing::{ListedObject, ObjectPage};
pub use url::{BucketUrl, Provider, StorageUrl, StorageUrlError};

use super::BlobError;
use crate::types::{ObjectKey, ResolvedRange};

/// Bytes on their way out.
pub type ByteStream = BoxStream<'static, Result<Bytes, BlobError>>;

/// The object that a readiness probe asks for; that it is missing is answer enough.
const PROBE: &str = "inventory/.probe";

/// Small objects on their way at once: most of the time goes into waiting for the storage.
const AT_ONCE: usize = 16;

/// The storage. Cheap to clone.
#[derive(Clone)]
pub enum Storage {
    /// A folder.
    Disk(Disk),
    /// A bucket.
    Bucket(Bucket),
}

impl Storage {
    /// Opens a storage: makes the folders of a disk, and asks a bucket for an answer. `reserve` is the free space in
    /// bytes that uploads must leave on a disk; a bucket has no such number.
    ///
    /// # Errors
    /// When the folder can't be made or used, or the bucket does not exist, can't be reached or refuses us.
    pub async fn open(url: &StorageUrl, reserve: u64) -> Result<Self, BlobError> {
        match url {
            StorageUrl::Disk(root) => Ok(Self::Disk(Disk::open(root, reserve)?)),
            StorageUrl::Bucket(url) => Ok(Self::Bucket(Bucket::open(url).await?)),
        }
    }

    /// Opens a place that holds small objects only: no folders are made for others, and no space is reserved on a disk.
    ///
    /// # Errors
    /// As [`Storage::open`].
    pub async fn open_bare(url: &StorageUrl) -> Result<Self, BlobError> {
        match url {
            StorageUrl::Disk(root) => Ok(Self::Disk(Disk::open_bare(root)?)),
            StorageUrl::Bucket(url) => Ok(Self::Bucket(Bucket::open(url).await?)),
        }
    }

    /// Opens a range of an object. A missing object is an error here, and not a broken answer.
    ///
    /// # Errors
    /// When the object can't be opened.
    pub async fn read(&self, key: ObjectKey, range: ResolvedRange) -> Result<ByteStream, BlobError> {
        match self {
            Self::Disk(disk) => disk.read(key, range).await,
            Self::Bucket(bucket) => bucket.read(key, range).await,
        }
    }

    /// An address under which anybody can read an object for a minute, where the storage can give one.
    ///
    /// # Errors
    /// When the storage can't sign it.
    pub async fn presign(&self, key: ObjectKey) -> Result<Option<String>, BlobError> {
        match self {
            Self::Disk(_) => Ok(None),
            Self::Bucket(bucket) => bucket.presign(key).await.map(Some),
        }
    }

    /// Writes a batch of the inventory, under a name that is never used again: a database that was restored from a
    /// backup counts the same numbers a second time, for other blobs.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails; the object is whole or not there.
    pub async fn put_inventory(&self, first: i64, last: i64, lines: Bytes) -> Result<(), BlobError> {
        self.put(&format!("inventory/{first:020}-{last:020}-{}.ndjson", Uuid::now_v7()), lines).await
    }

    /// Writes a small object, in the place of the one of this key if there is one.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails; the object is whole or not there.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.put(key, bytes).await,
            Self::Bucket(bucket) => bucket.put(key, bytes.into()).await,
        }
    }

    /// Writes small objects as [`Storage::put`], several at once.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails; each object is whole or not there then, and all are durable otherwise.
    pub async fn put_all(&self, objects: Vec<(String, Bytes)>) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.put_all(objects).await,
            Self::Bucket(bucket) => {
                let puts = objects.into_iter().map(Ok);
                let put = async |(key, bytes): (String, Bytes)| bucket.put(&key, bytes.into()).await;
                stream::iter(puts).try_for_each_concurrent(AT_ONCE, put).await
            }
        }
    }

    /// A small object whole, if it is there.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        match self {
            Self::Disk(disk) => disk.get(key).await,
            Self::Bucket(bucket) => bucket.get(key).await,
        }
    }

    /// A page of the objects below a prefix such as `inventory`, by name, from behind `after` on.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<ObjectPage, BlobError> {
        match self {
            Self::Disk(disk) => disk.list(prefix, after).await,
            Self::Bucket(bucket) => bucket.list(prefix, after).await,
        }
    }

    /// Removes an object's bytes, and what has come of the multipart upload that would make them; fine when there are
    /// none.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn remove(&self, key: ObjectKey, multipart: Option<&str>) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.remove(key).await,
            Self::Bucket(bucket) => bucket.remove(key, multipart).await,
        }
    }

    /// Asks the storage for an answer.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.ping().await,
            Self::Bucket(bucket) => bucket.ping().await,
        }
    }

    /// Refuses `more` bytes that would leave less than the reserve free on a disk, so that the database can still write.
    pub(super) fn demand_space(&self, more: u64) -> Result<(), BlobError> {
        match self {
            Self::Disk(disk) => disk.demand_space(more),
            Self::Bucket(_) => Ok(()),
        }
    }
}

/// Where an object's bytes are. The last digits of the key spread them over 256 folders.
fn object_path(key: ObjectKey) -> String {
    let key = key.uuid().simple().to_string();
    format!("blobs/{}/{key}", &key[30..])
}
