//! Making names durable: a new file's name is, once its folder is synced. Uploads that end together share one sync.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Mutex as Gate;
use tokio::task::spawn_blocking;

use crate::blobs::BlobError;

/// Syncs a folder, and waits for that.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Syncs all of the file system that a folder is in, and waits for that.
#[cfg(target_os = "linux")]
pub(super) fn sync_file_system(folder: &Path) -> std::io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

/// Elsewhere the folders and files are synced one by one.
#[cfg(not(target_os = "linux"))]
pub(super) fn sync_file_system(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// The folders of a disk. Cheap to clone; clones share their syncs.
#[derive(Clone, Default)]
pub(super) struct Folders {
    folders: Arc<Mutex<HashMap<PathBuf, Arc<Folder>>>>,
}

/// Who asked for a sync of one folder, and for whom it was done.
#[derive(Default)]
struct Folder {
    /// Tickets given.
    asked: AtomicU64,
    /// The highest ticket that a sync covers, which began after it was given. Locked while one is under way.
    done: Gate<u64>,
}

impl Folders {
    /// Returns once a sync of the folder is done that began after this was called.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) async fn sync(&self, folder: &Path) -> Result<(), BlobError> {
        let known = self.known(folder);
        let ticket = known.asked.fetch_add(1, Ordering::AcqRel) + 1;
        let mut done = known.done.lock().await;
        if *done >= ticket {
            return Ok(());
        }
        // Everybody who has asked by now made their file before.
        let covered = known.asked.load(Ordering::Acquire);
        let folder = folder.to_owned();
        spawn_blocking(move || sync_folder(&folder)).await??;
        *done = covered;
        Ok(())
    }

    fn known(&self, folder: &Path) -> Arc<Folder> {
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = folders.get(folder) {
            return Arc::clone(known);
        }
        Arc::clone(folders.entry(folder.to_owned()).or_default())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_share_a_sync_that_began_after_they_asked() {
        let (folders, folder) = (Folders::default(), tempfile::tempdir().unwrap());
        let known = folders.known(folder.path());
        // A sync is under way while all of these ask.
        let under_way = known.done.lock().await;
        let mut waiting = Box::pin(join_all((0..10).map(|_| folders.sync(folder.path()))));
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert_eq!(known.asked.load(Ordering::Acquire), 10);
        drop(under_way);
        assert!(waiting.await.iter().all(Result::is_ok));
        assert_eq!(*known.done.lock().await, 10);
        folders.sync(folder.path()).await.unwrap();
        assert_eq!(*known.done.lock().await, 11);
        assert!(folders.sync(&folder.path().join("nowhere")).await.is_err());
    }
}
