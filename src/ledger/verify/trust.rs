//! What a verifier knows beforehand, and what it knows afterwards.

use serde::Serialize;

use super::{Seen, VerifyError};
use crate::ledger::model::{Checkpoint, SignedNote, VerifierKey};

/// A checkpoint from elsewhere, with which the log must be consistent.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// What it is, for people.
    pub what: String,
    /// It.
    pub note: SignedNote,
}

/// What is known of a log before it is read.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Its keys, by somebody else's word.
    pub keys: Vec<VerifierKey>,
    /// What was seen of it last.
    pub seen: Option<Seen>,
    /// Copies of its checkpoints.
    pub against: Vec<Earlier>,
}

impl Trust {
    /// The keys that count, and whether they are only what the log itself says.
    pub(super) fn keys(&self, shown: Vec<VerifierKey>) -> Result<(Vec<VerifierKey>, bool), VerifyError> {
        let remembered = self.seen.as_ref().map(|seen| seen.keys.clone()).unwrap_or_default();
        let mut known = self.keys.clone();
        known.extend(remembered.into_iter().filter(|key| !self.keys.contains(key)));
        match (known.is_empty(), shown.is_empty()) {
            (false, _) => Ok((known, false)),
            (true, false) => Ok((shown, true)),
            (true, true) => Err(VerifyError::NoKey),
        }
    }

    /// What the log must be consistent with, opened by the keys.
    pub(super) fn earlier(&self, keys: &[VerifierKey]) -> Result<Vec<(String, Checkpoint)>, VerifyError> {
        let mut earlier = Vec::new();
        if let Some(seen) = &self.seen {
            earlier.push((seen.to_string(), open(&seen.to_string(), &seen.checkpoint, &seen.keys)?));
        }
        for Earlier { what, note } in &self.against {
            earlier.push((what.clone(), open(what, note, keys)?));
        }
        Ok(earlier)
    }
}

/// Opens a checkpoint by the keys.
pub(super) fn open(what: &str, note: &SignedNote, keys: &[VerifierKey]) -> Result<Checkpoint, VerifyError> {
    Checkpoint::open(note, keys).map_err(|cause| VerifyError::Checkpoint { what: what.to_owned(), cause })
}

/// A checkpoint that the log goes on from.
#[derive(Debug, Clone, Serialize)]
pub struct Consistent {
    /// Which.
    pub what: String,
    /// Its size.
    pub size: u64,
}

/// A log that holds.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Its checkpoint.
    pub checkpoint: Checkpoint,
    /// As it was signed.
    pub note: SignedNote,
    /// The keys that signed it, of those that count.
    pub signed_by: Vec<VerifierKey>,
    /// What it is consistent with.
    pub consistent: Vec<Consistent>,
    /// Whether the entries' own bytes were read.
    pub entries_read: bool,
    /// Whether the keys are the log's own word.
    pub first_use: bool,
    /// The keys to remember: those that signed it, of those that counted and of those that the entries tell of.
    pub keys: Vec<VerifierKey>,
    /// Those of them that were not known before.
    pub learnt: Vec<VerifierKey>,
}
