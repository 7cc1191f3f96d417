//! Judging lines of an export, each by itself: its entry's hash leads by its receipt to the root of the checkpoint.

use std::io::BufRead as _;

use tlog_tiles::Hash;

use crate::ledger::model::{Checkpoint, ExportedEntry, Receipt, SignedNote, leaf_hash};
use crate::ledger::verify::VerifyError;
use crate::ledger::verify::announced::announced_key;

/// Judges lines under one checkpoint, whose signature was verified.
pub struct Judge<'a> {
    /// The checkpoint.
    pub checkpoint: &'a Checkpoint,
    /// As each receipt must hold it.
    pub note: &'a SignedNote,
    /// The same as text.
    pub text: &'a str,
}

/// What was found in a block of lines.
#[derive(Default)]
pub struct Judged {
    /// The index of the first.
    pub first: u64,
    /// Of the entries that hold.
    pub hashes: Vec<Hash>,
    /// Keys that they tell of.
    pub announced: Vec<[u8; 32]>,
    /// What is wrong with the one behind them.
    pub failure: Option<VerifyError>,
}

impl Judge<'_> {
    /// Judges lines, up to the first that does not hold.
    pub fn block(&self, first: u64, lines: &[u8]) -> Judged {
        let mut judged = Judged { first, ..Judged::default() };
        let mut rest = lines;
        for index in first.. {
            let all = rest;
            // A slice can always be read.
            let length = rest.skip_until(b'\n').unwrap_or(0);
            if length == 0 {
                break;
            }
            match self.line(index, &all[..length]) {
                Ok((hash, announced)) => {
                    judged.hashes.push(hash);
                    judged.announced.extend(announced);
                }
                Err(why) => {
                    judged.failure = Some(VerifyError::entry(index, why));
                    break;
                }
            }
        }
        judged
    }

    fn line(&self, index: u64, line: &[u8]) -> Result<(Hash, Option<[u8; 32]>), String> {
        // The first line is the header.
        let number = index + 2;
        let line: ExportedEntry<'_> = serde_json::from_slice(line)
            .map_err(|error| format!("line {number} can't be read: {}", plain(&error)))?;
        if line.index != index.to_string() {
            return Err(format!("line {number} holds the index {}", line.index));
        }
        let hash = leaf_hash(line.entry.as_bytes());
        let receipt = Receipt::parse_under(&line.receipt, self.note, self.text)
            .map_err(|error| format!("its receipt can't be read: {error}"))?
            .ok_or("its receipt is not under the checkpoint of the export")?;
        if receipt.index != index {
            return Err(format!("its receipt is that of index {}", receipt.index));
        }
        receipt.leads(hash, self.checkpoint).map_err(|_| {
            format!(
                "the entry hashes to {hash}, from which its receipt does not lead to the root of the checkpoint: one of \
                 them was changed"
            )
        })?;
        Ok((hash, announced_key(line.entry.as_bytes())))
    }
}

/// What is wrong, without the place in a line that was cut out of its file.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
