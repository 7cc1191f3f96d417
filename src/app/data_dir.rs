//! The data folder: made when missing, and locked, for the embedded form is one process.

use std::fs::{DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::{StartError, lock_file};

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
        let lock = lock_file::lock(&path.join("waybill.lock")).map_err(refused)?;
        let lock = lock.ok_or_else(|| StartError::InUse { path: path.to_owned() })?;
        Ok(Self { _lock: lock })
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
