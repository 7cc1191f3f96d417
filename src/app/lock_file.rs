//! Lock files: what one process at a time may use. The kernel lets go of one when its process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Locks a file, which is made when missing and stays when the lock ends. None when another process holds it.
///
/// # Errors
/// When the file can't be made or locked.
pub(super) fn lock(path: &Path) -> io::Result<Option<File>> {
    // Never truncated: another process may hold it.
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(cause)) => Err(cause),
    }
}
