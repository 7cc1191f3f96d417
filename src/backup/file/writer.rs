//! Writing the file of a backup: aside, then under its name once it is whole and durable.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{FORMAT, Line};
use crate::backup::error::BackupError;
use crate::types::Timestamp;

/// A backup that is being written. Dropped before [`Writer::close`], it leaves nothing.
pub struct Writer {
    to: PathBuf,
    aside: PathBuf,
    out: BufWriter<File>,
    whole: Sha256,
    table: Sha256,
    rows_in_table: u64,
    rows: u64,
    tables: usize,
    bytes: u64,
}

/// A backup that was written.
pub struct Written {
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of all lines but the last.
    pub sha256: String,
    /// How many.
    pub tables: usize,
    /// How many.
    pub rows: u64,
}

impl Writer {
    /// Begins a file that must not be there yet.
    ///
    /// # Errors
    /// `Exists`, or `File`.
    pub fn create(to: &Path, now: Timestamp) -> Result<Self, BackupError> {
        if to.exists() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", Uuid::new_v4().simple()));
        let aside = to.with_file_name(name);
        let file = File::options().write(true).create_new(true).open(&aside);
        let file = file.map_err(|cause| BackupError::File { path: aside.clone(), cause })?;
        let mut writer = Self {
            to: to.to_owned(),
            aside,
            out: BufWriter::with_capacity(1 << 20, file),
            whole: Sha256::new(),
            table: Sha256::new(),
            rows_in_table: 0,
            rows: 0,
            tables: 0,
            bytes: 0,
        };
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let first = Line::Backup { format: FORMAT, version, made_at_us: now };
        writer.line(&first).map_err(|cause| writer.failed(cause))?;
        Ok(writer)
    }

    /// Begins a table.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn begin(&mut self, name: &str, columns: &[&str]) -> Result<(), BackupError> {
        (self.table, self.rows_in_table) = (Sha256::new(), 0);
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        let line = Line::Table { name: name.to_owned(), columns };
        self.line(&line).map(drop).map_err(|cause| self.failed(cause))
    }

    /// Adds a row to the table.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn row(&mut self, row: &[Json]) -> io::Result<()> {
        let line = self.line(row)?;
        self.table.update(&line);
        self.rows_in_table += 1;
        Ok(())
    }

    /// Ends the table.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn end(&mut self) -> Result<(), BackupError> {
        self.tables += 1;
        self.rows += self.rows_in_table;
        let sha256 = hex::encode(std::mem::take(&mut self.table).finalize());
        let line = Line::End { rows: self.rows_in_table, sha256 };
        self.line(&line).map(drop).map_err(|cause| self.failed(cause))
    }

    /// Makes the file whole and durable, and gives it its name.
    ///
    /// # Errors
    /// `Exists` when another took the name meanwhile, or `File`.
    pub fn close(mut self, last_event: i64) -> Result<Written, BackupError> {
        let sha256 = hex::encode(self.whole.clone().finalize());
        let (tables, rows) = (self.tables, self.rows);
        let last = Line::Closed { tables, rows, last_event: last_event.to_string(), sha256: sha256.clone() };
        let named = self.line(&last).and_then(|_| self.publish());
        match named {
            Ok(()) => Ok(Written { bytes: self.bytes, sha256, tables, rows }),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
                Err(BackupError::Exists(self.to.clone()))
            }
            Err(cause) => Err(self.failed(cause)),
        }
    }

    fn publish(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        match renameat_with(CWD, &self.aside, CWD, &self.to, RenameFlags::NOREPLACE) {
            // Not every file system can.
            Err(Errno::INVAL | Errno::NOSYS) if !self.to.exists() => std::fs::rename(&self.aside, &self.to)?,
            outcome => outcome?,
        }
        let folder = self.to.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn line(&mut self, line: &(impl Serialize + ?Sized)) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.whole.update(&bytes);
        self.bytes += bytes.len() as u64;
        self.out.write_all(&bytes)?;
        Ok(bytes)
    }

    /// An error of this file.
    pub fn failed(&self, cause: io::Error) -> BackupError {
        BackupError::File { path: self.to.clone(), cause }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Gone already once the file has its name.
        let _ = std::fs::remove_file(&self.aside);
    }
}
