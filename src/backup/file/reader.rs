//! Reading the file of a backup, and judging it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::{FORMAT, Line};
use crate::backup::error::BackupError;
use crate::backup::store::tables::{Row, TABLES, columns};

/// Longest line that is read, in bytes: a row with the largest manifest that any setting allows, as base64.
const LONGEST_LINE: u64 = 128 << 20;

/// What comes next.
pub enum Item {
    /// The rows that follow are of this table.
    Table {
        /// Which.
        name: &'static str,
        /// What the values of its rows are.
        columns: Vec<String>,
    },
    /// A row of the table.
    Row(Row),
}

/// A backup that is being read.
pub struct Reader {
    lines: BufReader<File>,
    whole: Sha256,
    table: Option<Table>,
    /// How many tables ended.
    tables: usize,
    rows: u64,
    number: u64,
}

struct Table {
    at: usize,
    width: usize,
    rows: u64,
    hash: Sha256,
}

impl Reader {
    /// Opens a file and reads its first line.
    ///
    /// # Errors
    /// `File`, or `BadBackup` when it is no backup of a form that this version reads.
    pub fn open(path: &Path) -> Result<Self, BackupError> {
        let file = File::open(path).map_err(|cause| BackupError::File { path: path.to_owned(), cause })?;
        let lines = BufReader::with_capacity(1 << 20, file);
        let mut reader = Self { lines, whole: Sha256::new(), table: None, tables: 0, rows: 0, number: 0 };
        let line = reader.line()?;
        match serde_json::from_slice(&line) {
            Ok(Line::Backup { format: FORMAT, .. }) => {}
            Ok(Line::Backup { format, version, .. }) => {
                let why =
                    format!("it has the form {format}, as waybill {version} writes it: use that version");
                return Err(BackupError::BadBackup(why));
            }
            _ => return Err(reader.bad("the file does not begin as a backup does")),
        }
        reader.whole.update(&line);
        Ok(reader)
    }

    /// Reads a whole file, without using anything of it. Returns its digest.
    ///
    /// # Errors
    /// `File`, or `BadBackup` saying what is wrong with it.
    pub fn verify(path: &Path) -> Result<String, BackupError> {
        let mut reader = Self::open(path)?;
        while reader.next()?.is_some() {}
        Ok(reader.digest())
    }

    /// SHA-256 of all that was read, the last line excepted.
    pub fn digest(&self) -> String {
        hex::encode(self.whole.clone().finalize())
    }

    /// What comes next; none at the end, once all digests were found right.
    ///
    /// # Errors
    /// `File`, or `BadBackup`.
    pub fn next(&mut self) -> Result<Option<Item>, BackupError> {
        loop {
            let line = self.line()?;
            if line.starts_with(b"[") {
                self.whole.update(&line);
                return self.row(&line).map(Some);
            }
            let told: Line = serde_json::from_slice(&line).map_err(|error| self.bad(&error.to_string()))?;
            if let Line::Closed { tables, rows, sha256, .. } = told {
                return self.closed(tables, rows, &sha256).map(|()| None);
            }
            self.whole.update(&line);
            match told {
                Line::Table { name, columns } if self.table.is_none() => {
                    return self.begin(&name, columns).map(Some);
                }
                Line::End { rows, sha256 } => self.end(rows, &sha256)?,
                _ => return Err(self.bad("it does not belong there")),
            }
        }
    }

    fn begin(&mut self, name: &str, named: Vec<String>) -> Result<Item, BackupError> {
        let newer = |what: String| BackupError::BadBackup(format!("{what}: use the version that wrote it"));
        let known = columns(name).ok_or_else(|| newer(format!("it holds a table {name}")))?;
        if let Some(column) = named.iter().find(|column| !known.contains(&column.as_str())) {
            return Err(newer(format!("its table {name} has a column {column}")));
        }
        // In this order what is referred to comes first.
        let at = TABLES.iter().position(|table| *table == name).unwrap_or_default();
        if at < self.tables {
            return Err(self.bad("the table does not belong there"));
        }
        self.table = Some(Table { at, width: named.len(), rows: 0, hash: Sha256::new() });
        Ok(Item::Table { name: TABLES[at], columns: named })
    }

    fn row(&mut self, line: &[u8]) -> Result<Item, BackupError> {
        let row: Row = serde_json::from_slice(line).map_err(|error| self.bad(&error.to_string()))?;
        match &mut self.table {
            Some(table) if table.width == row.len() => {
                table.rows += 1;
                table.hash.update(line);
                self.rows += 1;
                Ok(Item::Row(row))
            }
            _ => Err(self.bad("the row does not belong there")),
        }
    }

    fn end(&mut self, rows: u64, sha256: &str) -> Result<(), BackupError> {
        let table = self.table.take().ok_or_else(|| self.bad("no table has begun"))?;
        if table.rows != rows || hex::encode(table.hash.finalize()) != sha256 {
            return Err(self.bad(&format!("the rows of {} are damaged", TABLES[table.at])));
        }
        self.tables += 1;
        Ok(())
    }

    fn closed(&mut self, tables: usize, rows: u64, sha256: &str) -> Result<(), BackupError> {
        let whole = hex::encode(self.whole.clone().finalize());
        if self.table.is_some() || self.tables != tables || self.rows != rows || whole != sha256 {
            return Err(self.bad("the file is damaged"));
        }
        match self.lines.read(&mut [0]) {
            Ok(0) => Ok(()),
            _ => Err(self.bad("there is something behind its end")),
        }
    }

    /// The next line, which there must be.
    fn line(&mut self) -> Result<Vec<u8>, BackupError> {
        let mut line = Vec::new();
        self.number += 1;
        let read = (&mut self.lines).take(LONGEST_LINE).read_until(b'\n', &mut line);
        read.map_err(|error| self.bad(&error.to_string()))?;
        if line.last() == Some(&b'\n') { Ok(line) } else { Err(self.bad("the file is cut off")) }
    }

    fn bad(&self, why: &str) -> BackupError {
        BackupError::BadBackup(format!("line {}: {why}", self.number))
    }
}
