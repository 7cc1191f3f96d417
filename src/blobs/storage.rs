//! Where bytes live. Small objects go through object_store as they are; large ones are appended to and read from
//! local files, for which object_store has no resumable form.
//!
//! Layout: `blobs/<last two digits of the key>/<key>`, `manifests/<algorithm>/<hex>`, `inventory/<first>-<last>-<uuid>.ndjson`,
//! `events/<first>-<last>-<uuid>.ndjson`.

mod append;
mod read;
mod small;
mod url;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use uuid::Uuid;

pub use append::{Appender, Hold};
pub use read::ByteStream;
pub use url::{StorageUrl, StorageUrlError};

use super::BlobError;
use crate::types::{Digest, ObjectKey};

/// The object that a readiness probe asks for; that it is missing is answer enough.
const PROBE: &str = "inventory/.probe";

/// The storage. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    root: PathBuf,
    reserve: u64,
    objects: Arc<dyn ObjectStore>,
}

impl Storage {
    /// Opens a storage, creating its folders. `reserve` is the free space in bytes that uploads must leave.
    ///
    /// # Errors
    /// When the folder can't be made or used.
    pub fn open(url: &StorageUrl, reserve: u64) -> Result<Self, BlobError> {
        let StorageUrl::Disk(root) = url;
        // All folders of blobs are made here, so that no upload has to make one durable.
        let folders = (0..=u8::MAX).map(|last| format!("blobs/{last:02x}"));
        for folder in folders.chain(["manifests", "inventory", "events"].map(str::to_owned)) {
            std::fs::create_dir_all(root.join(folder))?;
        }
        append::sync_folder(&root.join("blobs"))?;
        append::sync_folder(root)?;
        let root = root.canonicalize()?;
        let objects = Arc::new(LocalFileSystem::new_with_prefix(&root)?.with_fsync(true));
        Ok(Self { root, reserve, objects })
    }

    /// Writes a manifest's bytes beside its row, so that the store can rebuild the database (design, rule 3).
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails; the object is whole or not there.
    pub async fn put_manifest(&self, digest: &Digest, bytes: Bytes) -> Result<(), BlobError> {
        let path = Path::from(format!("manifests/{}/{}", digest.algorithm().as_str(), digest.hex()));
        if self.objects.head(&path).await.is_ok_and(|meta| meta.size == bytes.len() as u64) {
            return Ok(());
        }
        self.put(path, bytes).await
    }

    /// Writes a batch of the inventory, under a name that is never used again: a database that was restored from a
    /// backup counts the same numbers a second time, for other blobs.
    ///
    /// # Errors
    /// As [`Storage::put_manifest`].
    pub async fn put_inventory(&self, first: i64, last: i64, lines: Bytes) -> Result<(), BlobError> {
        let path = format!("inventory/{first:020}-{last:020}-{}.ndjson", Uuid::now_v7());
        self.put(Path::from(path), lines).await
    }

    async fn put(&self, path: Path, bytes: Bytes) -> Result<(), BlobError> {
        self.demand_space(bytes.len() as u64)?;
        self.objects.put(&path, bytes.into()).await?;
        Ok(())
    }

    /// Removes an object's bytes; fine when there are none.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn remove(&self, key: ObjectKey) -> Result<(), BlobError> {
        match self.objects.delete(&Path::from(object_path(key))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the storage for an answer.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<(), BlobError> {
        match self.objects.head(&Path::from(PROBE)).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Refuses `more` bytes that would leave less than the reserve free, so that the database can still write.
    pub(super) fn demand_space(&self, more: u64) -> Result<(), BlobError> {
        let disk = rustix::fs::statvfs(&self.root).map_err(std::io::Error::from)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        metrics::gauge!("waybill_storage_free_bytes").set(free as f64);
        if free < self.reserve.saturating_add(more) { Err(BlobError::StorageFull) } else { Ok(()) }
    }
}

/// Where an object's bytes are. The last digits of the key are random; the first are its time.
fn object_path(key: ObjectKey) -> String {
    let key = key.uuid().simple().to_string();
    format!("blobs/{}/{key}", &key[30..])
}
