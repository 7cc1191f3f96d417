//! Bytes on a local disk. Small objects go through object_store as they are; large ones are appended to and read from
//! files, for which object_store has no resumable form.

mod append;
mod folders;
mod read;

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, TryStreamExt as _};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use tokio::task::spawn_blocking;

pub use append::{Appender, FileLock};
use folders::{Folders, sync_file_system, sync_folder};

use super::listing::{self, ObjectPage};
use super::{AT_ONCE, PROBE, object_path};
use crate::blobs::BlobError;
use crate::types::ObjectKey;

/// Whether the system can sync a file system and wait for that; where it can't, each object is synced.
const SYNCS_ALL: bool = cfg!(target_os = "linux");

/// A folder. Cheap to clone.
#[derive(Clone)]
pub struct Disk {
    root: PathBuf,
    reserve: u64,
    objects: Arc<LocalFileSystem>,
    /// The same, for objects that are made durable together.
    unsynced: Arc<LocalFileSystem>,
    folders: Folders,
}

impl Disk {
    /// Opens a folder, creating what is in it. `reserve` is the free space in bytes that uploads must leave.
    ///
    /// # Errors
    /// When the folder can't be made or used.
    pub fn open(root: &std::path::Path, reserve: u64) -> Result<Self, BlobError> {
        // All folders of blobs are made here, so that no upload has to make one durable.
        let folders = (0..=u8::MAX).map(|last| format!("blobs/{last:02x}"));
        for folder in folders.chain(["manifests", "trust-policies", "inventory", "events"].map(str::to_owned))
        {
            std::fs::create_dir_all(root.join(folder))?;
        }
        sync_folder(&root.join("blobs"))?;
        Self::at(root, reserve)
    }

    /// Opens a folder for small objects only, creating it.
    ///
    /// # Errors
    /// As [`Disk::open`].
    pub fn open_bare(root: &std::path::Path) -> Result<Self, BlobError> {
        std::fs::create_dir_all(root)?;
        Self::at(root, 0)
    }

    fn at(root: &std::path::Path, reserve: u64) -> Result<Self, BlobError> {
        sync_folder(root)?;
        let root = root.canonicalize()?;
        let objects = Arc::new(LocalFileSystem::new_with_prefix(&root)?.with_fsync(true));
        let unsynced = Arc::new(LocalFileSystem::new_with_prefix(&root)?);
        Ok(Self { root, reserve, objects, unsynced, folders: Folders::default() })
    }

    /// Writes a small object, whole or not at all.
    ///
    /// # Errors
    /// `StorageFull`, or when the disk fails.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), BlobError> {
        self.demand_space(bytes.len() as u64)?;
        self.objects.put(&Path::from(key), bytes.into()).await?;
        Ok(())
    }

    /// Writes small objects, each whole or not at all, and makes them durable by one sync of the file system: one for
    /// each file would take all that the disk has to give.
    ///
    /// # Errors
    /// `StorageFull`, or when the disk fails.
    pub async fn put_all(&self, objects: Vec<(String, Bytes)>) -> Result<(), BlobError> {
        self.demand_space(objects.iter().map(|(_, bytes)| bytes.len() as u64).sum())?;
        let writer = if SYNCS_ALL { &self.unsynced } else { &self.objects };
        // One that is there already may be what a power cut left of an attempt before: it is written all the same.
        let puts = objects.into_iter().map(Ok::<_, BlobError>);
        let put = async |(key, bytes): (String, Bytes)| {
            Ok(writer.put(&Path::from(key), bytes.into()).await.map(drop)?)
        };
        stream::iter(puts).try_for_each_concurrent(AT_ONCE, put).await?;
        let root = self.root.clone();
        Ok(spawn_blocking(move || sync_file_system(&root)).await??)
    }

    /// A small object, if it is there.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn get(&self, key: &str) -> Result<Option<Bytes>, BlobError> {
        match self.objects.get(&Path::from(key)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// How long a small object is, if it is there.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, BlobError> {
        Ok(listing::size(self.objects.head(&Path::from(key)).await)?)
    }

    /// A page of the small objects below a prefix.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn list(&self, prefix: &str, after: Option<&str>) -> Result<ObjectPage, BlobError> {
        let (prefix, after) = (Path::from(prefix), after.map(Path::from));
        let found = match &after {
            Some(after) => self.objects.list_with_offset(Some(&prefix), after),
            None => self.objects.list(Some(&prefix)),
        };
        // A folder has no order: all of it is looked at for each page.
        listing::page_of_all(found, |path| path.to_string()).await
    }

    /// Removes an object's bytes; fine when there are none.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn remove(&self, key: ObjectKey) -> Result<(), BlobError> {
        match self.objects.delete(&Path::from(object_path(key))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Asks the disk for an answer.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<(), BlobError> {
        self.size(PROBE).await.map(drop)
    }

    /// Refuses `more` bytes that would leave less than the reserve free, so that the database can still write.
    pub fn demand_space(&self, more: u64) -> Result<(), BlobError> {
        let disk = rustix::fs::statvfs(&self.root).map_err(std::io::Error::from)?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        metrics::gauge!("waybill_storage_free_bytes").set(free as f64);
        if free < self.reserve.saturating_add(more) { Err(BlobError::StorageFull) } else { Ok(()) }
    }
}
