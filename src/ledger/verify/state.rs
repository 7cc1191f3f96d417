//! The file in which a verifier remembers what it saw last.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Verified, VerifyError};
use crate::ledger::model::{LogOrigin, NoteError, SignedNote, VerifierKey};
use crate::ledger::new_file::NewFile;
use crate::types::Timestamp;

/// The form that this version writes and reads.
const FORMAT: &str = "waybill-verify-state/v1";

/// What was seen of a log last.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Whose it is.
    pub origin: LogOrigin,
    /// The keys that counted.
    pub keys: Vec<VerifierKey>,
    /// The newest checkpoint that held.
    pub checkpoint: SignedNote,
    /// When, as RFC 3339.
    pub at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: String,
    origin: LogOrigin,
    keys: Vec<String>,
    checkpoint: String,
    seen_at: String,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the checkpoint seen on {}", self.at)
    }
}

impl Seen {
    /// Of a log that was found to hold.
    pub fn of(verified: &Verified, now: Timestamp) -> Self {
        Self {
            origin: verified.checkpoint.origin.clone(),
            keys: verified.keys.clone(),
            checkpoint: verified.note.clone(),
            at: now.to_rfc3339(),
        }
    }

    /// Reads the file; none when there is none.
    ///
    /// # Errors
    /// `File`, or `BadState`: what was seen must not be forgotten silently.
    pub fn read(path: &Path) -> Result<Option<Self>, VerifyError> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(VerifyError::File { path: path.to_owned(), cause }),
        };
        let bad = |why: String| VerifyError::BadState { path: path.to_owned(), why };
        let state: State = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        if state.format != FORMAT {
            return Err(bad(format!("it has the form '{}', not '{FORMAT}'", state.format)));
        }
        let keys = state.keys.iter().map(|key| key.parse()).collect::<Result<_, _>>();
        Ok(Some(Self {
            origin: state.origin,
            keys: keys.map_err(|error: NoteError| bad(error.to_string()))?,
            checkpoint: state.checkpoint.parse().map_err(|error: NoteError| bad(error.to_string()))?,
            at: state.seen_at,
        }))
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// `File`.
    pub fn write(&self, path: &Path) -> Result<(), VerifyError> {
        let state = State {
            format: FORMAT.to_owned(),
            origin: self.origin.clone(),
            keys: self.keys.iter().map(ToString::to_string).collect(),
            checkpoint: self.checkpoint.to_string(),
            seen_at: self.at.clone(),
        };
        let written = serde_json::to_vec_pretty(&state).map_err(io::Error::from).and_then(|mut bytes| {
            bytes.push(b'\n');
            let mut file = NewFile::create(path)?;
            file.write_all(&bytes)?;
            file.replace()
        });
        written.map_err(|cause| VerifyError::File { path: path.to_owned(), cause })
    }
}
