//! The data folder: made when missing, and locked, for the embedded form is one process.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::StartError;

/// A data folder that no other process has. The lock ends with this value, and with the process however it ends.
#[derive(Debug)]
pub struct DataDir {
    _lock: File,
}

impl DataDir {
    /// Makes the folder, readable by its owner only, and locks it.
    ///
    /// # Errors
    /// `InUse` when another process holds it.
    pub fn lock(path: &Path) -> Result<Self, StartError> {
        let refused = |cause| StartError::DataDir { path: path.to_owned(), cause };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(refused)?;
        // Never truncated: another process may hold it.
        let lock =
            OpenOptions::new().create(true).append(true).open(path.join("waybill.lock")).map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(cause)) => Err(refused(cause)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_held_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let first = DataDir::lock(&path).unwrap();
        assert!(matches!(DataDir::lock(&path), Err(StartError::InUse { .. })));
        drop(first);
        assert!(DataDir::lock(&path).is_ok());
    }
}
