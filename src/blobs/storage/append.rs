//! Appending to an object while its upload is under way.
//!
//! The file is locked while it is open, which fences off a second request to the same session, and truncated to what
//! the database says was received: bytes behind that were written by a request that never ended.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha512};
use tokio::task::spawn_blocking;

use super::{BlobError, Storage, object_path};
use crate::blobs::HashState;
use crate::types::{Digest, ObjectKey};

/// Bytes read at once when a content is hashed again.
const PIECE: usize = 1 << 20;

/// An object that is open for appending. Dropping it ends the lock and leaves the bytes.
pub struct Appender {
    file: File,
    folder: PathBuf,
    /// Whether nothing was promised of it yet. Its name may be new then, even if the file was there: a request that
    /// made it may have died before it synced the folder.
    first: bool,
}

impl Storage {
    /// Opens an object for appending, creating its file with its first session.
    ///
    /// # Errors
    /// `Busy` while another request has it open.
    pub async fn append(&self, key: ObjectKey) -> Result<Appender, BlobError> {
        let path = self.root.join(object_path(key));
        spawn_blocking(move || Appender::open(&path)).await?
    }
}

impl Appender {
    fn open(path: &Path) -> Result<Self, BlobError> {
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, folder: path.parent().unwrap_or(path).to_owned(), first: true }),
            Err(TryLockError::WouldBlock) => Err(BlobError::Busy),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Cuts off what lies behind `received` and stands there.
    ///
    /// # Errors
    /// When the file is shorter than that: bytes that were promised are gone.
    pub async fn resume(mut self, received: u64) -> Result<Self, BlobError> {
        spawn_blocking(move || {
            let length = self.file.metadata()?.len();
            if length < received {
                return Err(BlobError::Storage(format!(
                    "{received} bytes were received, {length} are there"
                )));
            }
            if length > received {
                self.file.set_len(received)?;
            }
            self.file.seek(SeekFrom::Start(received))?;
            self.first = received == 0;
            Ok(self)
        })
        .await?
    }

    /// Writes and hashes a piece, off the request's thread. Gives back the buffer, empty, to be filled again.
    ///
    /// # Errors
    /// `StorageFull`, or when the disk fails.
    pub async fn write(
        mut self,
        mut state: HashState,
        mut piece: Vec<u8>,
        storage: &Storage,
    ) -> Result<(Self, HashState, Vec<u8>), BlobError> {
        storage.demand_space(piece.len() as u64)?;
        spawn_blocking(move || {
            self.file.write_all(&piece)?;
            state.update(&piece);
            piece.clear();
            Ok((self, state, piece))
        })
        .await?
    }

    /// Makes the bytes durable, and the file's name if it is new.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn sync(self) -> Result<Self, BlobError> {
        spawn_blocking(move || {
            self.file.sync_all()?;
            if self.first {
                sync_folder(&self.folder)?;
            }
            Ok(self)
        })
        .await?
    }

    /// Hashes the whole content again, by an algorithm that was not announced.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn sha512(mut self) -> Result<(Self, Digest), BlobError> {
        spawn_blocking(move || {
            self.file.seek(SeekFrom::Start(0))?;
            let (mut hasher, mut piece) = (Sha512::new(), vec![0; PIECE]);
            loop {
                let read = self.file.read(&mut piece)?;
                if read == 0 {
                    return Ok((self, Digest::from_sha512(&hasher.finalize().into())));
                }
                hasher.update(&piece[..read]);
            }
        })
        .await?
    }
}

/// A new name is durable only once its folder is.
pub(super) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
