//! Writing the file of a backup: aside, then under its name once it is whole and durable.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::{FORMAT, Line};
use crate::backup::error::BackupError;
use crate::ledger::NewFile;
use crate::types::Timestamp;

/// A backup that is being written. Dropped before [`Writer::close`], it leaves nothing.
pub struct Writer {
    to: PathBuf,
    file: NewFile,
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
        let file = NewFile::create(to).map_err(|cause| BackupError::File { path: to.to_owned(), cause })?;
        let mut writer = Self {
            to: to.to_owned(),
            file,
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
        self.line(&last).map_err(|cause| self.failed(cause))?;
        let Self { to, file, bytes, .. } = self;
        match file.publish() {
            Ok(()) => Ok(Written { bytes, sha256, tables, rows }),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(BackupError::Exists(to)),
            Err(cause) => Err(BackupError::File { path: to, cause }),
        }
    }

    fn line(&mut self, line: &(impl Serialize + ?Sized)) -> io::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.whole.update(&bytes);
        self.bytes += bytes.len() as u64;
        self.file.write_all(&bytes)?;
        Ok(bytes)
    }

    /// An error of this file.
    pub fn failed(&self, cause: io::Error) -> BackupError {
        BackupError::File { path: self.to.clone(), cause }
    }
}
