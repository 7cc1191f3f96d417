//! Appending to an object while its upload is under way.
//!
//! The file is locked while it is open, which fences off a second request to the same session, and cut to what the
//! database says was received: bytes behind that were written by a request that never ended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::{join, join3};
use sha2::{Digest as _, Sha512};
use tokio::task::{JoinHandle, spawn_blocking};

use super::Disk;
use crate::blobs::storage::object_path;
use crate::blobs::{BlobError, HashState};
use crate::types::{Digest, ObjectKey};

/// Bytes read at once when a content is hashed again.
const PIECE: usize = 1 << 20;

/// Bytes from which on writing and hashing are worth a thread each.
const WORTH_TWO: usize = 128 << 10;
/// Bytes that are left to the system before the disk is told to begin with them, so that little is left to wait for at the end
/// of a long body.
const SYNC_EVERY: u64 = 16 << 20;

/// An object that is open for appending, locked until this and every [`FileLock`] on it are dropped.
pub struct Appender {
    file: Arc<File>,
    path: Arc<Path>,
    /// Whether this request made the file.
    created: bool,
    /// Bytes written since the disk was told to begin, and the sync that is under way since.
    unsynced: u64,
    syncing: Option<JoinHandle<std::io::Result<()>>>,
}

/// Keeps an object locked. Whatever records what a file holds must own one until its commit, whether or not its caller
/// lives so long: else another request could change the file underneath a digest.
#[derive(Debug, Clone)]
pub struct FileLock {
    _file: Arc<File>,
}

impl Disk {
    /// Opens an object for appending, creating its file with its first session.
    ///
    /// # Errors
    /// `Busy` while another request has it open.
    pub async fn append(&self, key: ObjectKey) -> Result<Appender, BlobError> {
        let path = self.root.join(object_path(key));
        spawn_blocking(move || Appender::open(path)).await?
    }
}

impl Appender {
    fn open(path: PathBuf) -> Result<Self, BlobError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let (file, created) = match options.open(&path) {
            Ok(file) => (file, false),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                (options.create(true).truncate(false).open(&path)?, true)
            }
            Err(error) => return Err(error.into()),
        };
        match file.try_lock() {
            Ok(()) => {
                Ok(Self { file: Arc::new(file), path: path.into(), created, unsynced: 0, syncing: None })
            }
            Err(TryLockError::WouldBlock) => Err(BlobError::Busy),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Keeps the lock beyond this appender.
    pub fn lock(&self) -> FileLock {
        FileLock { _file: Arc::clone(&self.file) }
    }

    /// Takes back a file that this request made for a session that turned out to be none: no row leads to it.
    pub fn forget(&self) {
        if self.created
            && let Err(error) = std::fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "an empty file without a session was left behind");
        }
    }

    /// Cuts off what lies behind `length`.
    ///
    /// # Errors
    /// When the file is shorter than that: bytes that were promised are gone.
    pub async fn cut(&mut self, length: u64) -> Result<(), BlobError> {
        self.synced().await?;
        let file = Arc::clone(&self.file);
        spawn_blocking(move || {
            let actual = file.metadata()?.len();
            if actual < length {
                return Err(BlobError::Storage(format!("{length} bytes were received, {actual} are there")));
            }
            if actual > length {
                file.set_len(length)?;
            }
            Ok(())
        })
        .await?
    }

    /// Writes and hashes a piece at an offset, off the request's thread. Gives back the buffer, empty, to be filled
    /// again.
    ///
    /// # Errors
    /// `StorageFull`, or when the disk fails.
    pub async fn write(
        &mut self,
        disk: &Disk,
        offset: u64,
        mut hashes: HashState,
        mut piece: Vec<u8>,
    ) -> Result<(HashState, Vec<u8>), BlobError> {
        disk.demand_space(piece.len() as u64)?;
        self.sync_behind(piece.len() as u64).await?;
        let file = Arc::clone(&self.file);
        if piece.len() < WORTH_TWO {
            return spawn_blocking(move || {
                file.write_all_at(&piece, offset)?;
                hashes.update(&piece);
                piece.clear();
                Ok((hashes, piece))
            })
            .await?;
        }
        let piece = Arc::new(piece);
        let (written, hashed) = (Arc::clone(&piece), Arc::clone(&piece));
        let writing = spawn_blocking(move || file.write_all_at(&written, offset));
        let hashing = spawn_blocking(move || {
            hashes.update(&hashed);
            hashes
        });
        let (written, hashes) = join(writing, hashing).await;
        written??;
        let mut piece = Arc::try_unwrap(piece).unwrap_or_default();
        piece.clear();
        Ok((hashes?, piece))
    }

    /// Lets the disk work on what was written, beside what is still to come.
    async fn sync_behind(&mut self, more: u64) -> Result<(), BlobError> {
        if self.unsynced >= SYNC_EVERY && self.syncing.as_ref().is_none_or(JoinHandle::is_finished) {
            self.synced().await?;
            let file = Arc::clone(&self.file);
            self.syncing = Some(spawn_blocking(move || file.sync_data()));
            self.unsynced = 0;
        }
        self.unsynced += more;
        Ok(())
    }

    /// Waits for the sync that is under way. The system tells of an error once: whoever gets it must fail.
    async fn synced(&mut self) -> Result<(), BlobError> {
        if let Some(syncing) = self.syncing.take() {
            syncing.await??;
        }
        Ok(())
    }

    /// Makes `length` bytes durable; the file's name too if nothing was promised of it yet (`first`), for a request
    /// that made it may have died before it synced the folder.
    ///
    /// # Errors
    /// When the disk fails, or the file is not as long as it should be.
    pub async fn sync(&mut self, disk: &Disk, length: u64, first: bool) -> Result<(), BlobError> {
        let file = Arc::clone(&self.file);
        let content = spawn_blocking(move || {
            file.sync_all()?;
            let actual = file.metadata()?.len();
            if actual != length {
                return Err(BlobError::Storage(format!("{length} bytes were written, {actual} are there")));
            }
            Ok(())
        });
        let folder = self.path.parent().filter(|_| first).map(Path::to_owned);
        let name = async {
            match folder {
                Some(folder) => disk.folders.sync(&folder).await,
                None => Ok(()),
            }
        };
        // Beside each other: each is a wait for the disk.
        let (content, name, before) = join3(content, name, self.synced()).await;
        before.and(name).and(content?)
    }

    /// Hashes the whole content again, by an algorithm that was not announced.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn sha512(&self) -> Result<Digest, BlobError> {
        let file = Arc::clone(&self.file);
        spawn_blocking(move || {
            let (mut hasher, mut piece, mut offset) = (Sha512::new(), vec![0; PIECE], 0);
            loop {
                let read = file.read_at(&mut piece, offset)?;
                if read == 0 {
                    return Ok(Digest::from_sha512(&hasher.finalize().into()));
                }
                hasher.update(&piece[..read]);
                offset += read as u64;
            }
        })
        .await?
    }
}
