//! A SQLite file belongs to one server. What that one remembers of tokens and rights is right only while nobody else
//! changes them, and its data folder alone does not say so: another folder may name the same file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::{StartError, lock_file};
use crate::db::DatabaseUrl;

/// A database that no other server changes. The lock ends with this value, and with the process however it ends.
#[derive(Debug)]
pub struct DatabaseLock {
    /// None for PostgreSQL, whose replicas tell each other what they changed.
    _lock: Option<File>,
}

impl DatabaseLock {
    /// Locks a SQLite file, by the file `<its name>.lock` beside it. Who only reads it, or migrates it, needs no lock.
    ///
    /// # Errors
    /// `DatabaseInUse` when another process holds it.
    pub fn take(url: &DatabaseUrl) -> Result<Self, StartError> {
        let DatabaseUrl::Sqlite(path) = url else { return Ok(Self { _lock: None }) };
        let refused = |cause| StartError::DatabaseLock { path: path.clone(), cause };
        let lock = beside(path).and_then(|beside| lock_file::lock(&beside)).map_err(refused)?;
        let lock = lock.ok_or_else(|| StartError::DatabaseInUse { path: path.clone() })?;
        Ok(Self { _lock: Some(lock) })
    }
}

/// The lock file's path: the same for whoever reaches the database, also through links.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    std::fs::create_dir_all(folder)?;
    let real = path.canonicalize().or_else(|cause| {
        let folder = folder.canonicalize()?;
        path.file_name().map(|name| folder.join(name)).ok_or(cause)
    })?;
    let mut name = real.into_os_string();
    name.push(".lock");
    Ok(name.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_held_by_one_whatever_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("new/waybill.db"), folder.path().join("link.db"));
        let first = DatabaseLock::take(&DatabaseUrl::Sqlite(file.clone())).unwrap();
        std::fs::write(&file, "").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let by_link = DatabaseUrl::Sqlite(link);
        assert!(matches!(DatabaseLock::take(&by_link), Err(StartError::DatabaseInUse { .. })));
        drop(first);
        assert!(DatabaseLock::take(&by_link).is_ok());
    }
}
