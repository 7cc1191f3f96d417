//! Writing an exported log.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::ledger::error::LedgerError;
use crate::ledger::model::{
    EXPORT_FORMAT, ExportEnd, ExportHeader, ExportedEntry, Proof, Receipt, SignedNote, TreeError,
    VerifierKey, WholeTree,
};
use crate::ledger::new_file::NewFile;

/// An export that is being written. Dropped before [`ExportWriter::close`], it leaves nothing.
pub struct ExportWriter {
    to: PathBuf,
    file: NewFile,
    hash: Sha256,
    entries: u64,
}

/// An export that was written.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// Where.
    pub file: String,
    /// How many.
    pub entries: u64,
    /// SHA-256 of all lines but the last.
    pub sha256: String,
}

/// Lines of some entries.
pub struct ExportLines {
    bytes: Vec<u8>,
    entries: u64,
}

impl ExportLines {
    /// Of the entries from `first` on, with their receipts under a checkpoint of the tree.
    ///
    /// # Errors
    /// `Impossible` for entries that the tree has not, or that are no text.
    pub fn of(
        tree: &WholeTree,
        checkpoint: &SignedNote,
        first: u64,
        leaves: &[Vec<u8>],
    ) -> Result<Self, TreeError> {
        let mut bytes = Vec::new();
        for (index, leaf) in (first..).zip(leaves) {
            let hashes = tree.prove(Proof::Inclusion { index, size: tree.size() })?;
            let receipt = Receipt { index, hashes, checkpoint: checkpoint.clone() }.to_string();
            let unfit = |why: String| TreeError::Impossible(format!("index {index}: {why}"));
            let entry = std::str::from_utf8(leaf).map_err(|error| unfit(error.to_string()))?;
            let line = ExportedEntry {
                index: index.to_string().into(),
                entry: entry.into(),
                receipt: receipt.into(),
            };
            serde_json::to_writer(&mut bytes, &line).map_err(|error| unfit(error.to_string()))?;
            bytes.push(b'\n');
        }
        Ok(Self { bytes, entries: leaves.len() as u64 })
    }
}

impl ExportWriter {
    /// Begins a file that must not be there yet, for the log as it is under one checkpoint.
    ///
    /// # Errors
    /// `Exists`, or `File`.
    pub fn create(to: &Path, checkpoint: &SignedNote, keys: &[VerifierKey]) -> Result<Self, LedgerError> {
        if to.exists() {
            return Err(LedgerError::Exists(to.to_owned()));
        }
        let file = NewFile::create(to).map_err(|cause| LedgerError::File { path: to.to_owned(), cause })?;
        let mut writer = Self { to: to.to_owned(), file, hash: Sha256::new(), entries: 0 };
        let header = ExportHeader {
            format: EXPORT_FORMAT.into(),
            checkpoint: checkpoint.to_string().into(),
            keys: keys.iter().map(ToString::to_string).collect(),
        };
        writer.line(&header)?;
        Ok(writer)
    }

    /// Adds the next entries.
    ///
    /// # Errors
    /// `File`.
    pub fn add(&mut self, lines: &ExportLines) -> Result<(), LedgerError> {
        self.entries += lines.entries;
        self.write(&lines.bytes)
    }

    /// Makes the file whole and durable, and gives it its name.
    ///
    /// # Errors
    /// `Exists` when another took the name meanwhile, or `File`.
    pub fn close(mut self) -> Result<Exported, LedgerError> {
        let sha256 = hex::encode(self.hash.clone().finalize());
        self.line(&ExportEnd { entries: self.entries.to_string().into(), sha256: sha256.as_str().into() })?;
        let Self { to, file, entries, .. } = self;
        match file.publish() {
            Ok(()) => Ok(Exported { file: to.display().to_string(), entries, sha256 }),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(LedgerError::Exists(to)),
            Err(cause) => Err(LedgerError::File { path: to, cause }),
        }
    }

    fn line(&mut self, line: &impl Serialize) -> Result<(), LedgerError> {
        let mut bytes = serde_json::to_vec(line).map_err(|error| self.failed(error.into()))?;
        bytes.push(b'\n');
        self.write(&bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), LedgerError> {
        self.hash.update(bytes);
        self.file.write_all(bytes).map_err(|cause| self.failed(cause))
    }

    fn failed(&self, cause: io::Error) -> LedgerError {
        LedgerError::File { path: self.to.clone(), cause }
    }
}
