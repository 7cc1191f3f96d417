//! A file that is written aside and gets its name once it is whole and durable.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use uuid::Uuid;

/// A file that is being written. Dropped before it has its name, it leaves nothing.
pub struct NewFile {
    to: PathBuf,
    aside: PathBuf,
    out: BufWriter<File>,
}

impl NewFile {
    /// Begins a file.
    ///
    /// # Errors
    /// When its folder can't be written to.
    pub fn create(to: &Path) -> io::Result<Self> {
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", Uuid::new_v4().simple()));
        let aside = to.with_file_name(name);
        let file = File::options().write(true).create_new(true).open(&aside)?;
        Ok(Self { to: to.to_owned(), aside, out: BufWriter::with_capacity(1 << 20, file) })
    }

    /// Gives it its name.
    ///
    /// # Errors
    /// `AlreadyExists` when another has that name, or what the operating system says.
    pub fn publish(mut self) -> io::Result<()> {
        self.sync()?;
        match renameat_with(CWD, &self.aside, CWD, &self.to, RenameFlags::NOREPLACE) {
            // Not every file system can.
            Err(Errno::INVAL | Errno::NOSYS) if !self.to.exists() => std::fs::rename(&self.aside, &self.to)?,
            outcome => outcome?,
        }
        self.sync_folder()
    }

    /// Gives it its name in place of what had it.
    ///
    /// # Errors
    /// What the operating system says; the other is still there then.
    pub fn replace(mut self) -> io::Result<()> {
        self.sync()?;
        std::fs::rename(&self.aside, &self.to)?;
        self.sync_folder()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()
    }

    fn sync_folder(&self) -> io::Result<()> {
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // Gone already once the file has its name.
        let _ = std::fs::remove_file(&self.aside);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_no_name_that_another_has_unless_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let written = |text: &str| {
            let mut file = NewFile::create(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file
        };
        written("1").publish().unwrap();
        assert_eq!(written("2").publish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "1");
        written("3").replace().unwrap();
        drop(written("4"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "3");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
