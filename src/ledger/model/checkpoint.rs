//! A tree head in the form that is signed (c2sp.org/tlog-checkpoint).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use tlog_tiles::Hash;

use super::{LogOrigin, NoteError, SignedNote, VerifierKey};

/// Largest size that is believed: sizes are kept as signed 64-bit numbers, and the maths of the tree doubles them.
const MAX_SIZE: u64 = 1 << 60;

/// Why a checkpoint is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CheckpointError {
    /// Not the form of one.
    #[error("it is no checkpoint: {0}")]
    Malformed(&'static str),
    /// No signed note at all, or one with a bad signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Nobody whom we know has signed it.
    #[error("the checkpoint is signed by none of the log's keys")]
    Unsigned,
    /// It is of another log.
    #[error("the checkpoint is of the log '{found}', not of '{expected}'")]
    OtherLog {
        /// Whose it should be.
        expected: String,
        /// Whose it is.
        found: String,
    },
}

/// A tree head: how many entries, and the hash over all.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: LogOrigin,
    /// Entries.
    pub size: u64,
    /// Root hash (RFC 6962, 2.1).
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a note. Extension lines are passed over.
    ///
    /// # Errors
    /// `Malformed`.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let bad = CheckpointError::Malformed;
        let mut lines = text.strip_suffix('\n').ok_or(bad("its last line has no end"))?.split('\n');
        let mut line = || lines.next().ok_or(bad("it has fewer than three lines"));
        let (origin, size, root) = (line()?, line()?, line()?);
        let origin = origin.parse().map_err(|_| bad("its first line is no origin"))?;
        let root = Hash::parse_hash(root).map_err(|_| bad("its third line is no hash"))?;
        let size = parse_size(size).ok_or(bad("its second line is no size"))?;
        Ok(Self { origin, size, root })
    }

    /// Opens a signed checkpoint of the log `keys` belong to.
    ///
    /// # Errors
    /// As [`CheckpointError`] says.
    pub fn open(note: &SignedNote, keys: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(note.text())?;
        if let Some(key) = keys.iter().find(|key| *key.name() != checkpoint.origin) {
            return Err(CheckpointError::OtherLog {
                expected: key.name().to_string(),
                found: checkpoint.origin.to_string(),
            });
        }
        if note.is_signed_by_any(keys)? { Ok(checkpoint) } else { Err(CheckpointError::Unsigned) }
    }
}

/// A decimal number of entries, without leading zeros.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|size| canonical && *size <= MAX_SIZE)
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refuses_what_is_none() {
        let root = Hash([7; 32]).to_string();
        for text in [
            String::new(),
            "log\n1\n".to_owned(),
            format!("log\n1\n{root}"),
            format!("log\n01\n{root}\n"),
            format!("log\n+1\n{root}\n"),
            format!("log\n18446744073709551615\n{root}\n"),
            format!("a log\n1\n{root}\n"),
            "log\n1\nAAAA\n".to_owned(),
        ] {
            assert!(Checkpoint::parse(&text).is_err(), "{text:?}");
        }
        assert!(Checkpoint::parse(&format!("log\n1\n{root}\nextension\n")).is_ok());
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(size in 0..MAX_SIZE, root: [u8; 32]) {
            let checkpoint = Checkpoint { origin: "a.test/ledger".parse().unwrap(), size, root: Hash(root) };
            prop_assert_eq!(checkpoint.to_string().parse(), Ok(checkpoint));
        }
    }
}
