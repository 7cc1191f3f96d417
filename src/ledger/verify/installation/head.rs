//! The head, the published checkpoint and its copy in the storage: all of one tree.

use crate::blobs::Storage;
use crate::ledger::model::{Checkpoint, CheckpointError, SignedNote, VerifierKey, WholeTree};
use crate::ledger::service::CHECKPOINT;
use crate::ledger::store::head::Head;
use crate::ledger::verify::VerifyError;
use crate::ledger::verify::trust::open;

/// The checkpoint in the storage.
pub struct Stored {
    note: SignedNote,
    /// What it says, by whoever signed it.
    pub checkpoint: Checkpoint,
}

impl Stored {
    /// Its name.
    pub const OBJECT: &str = CHECKPOINT;
}

fn what() -> String {
    format!("the object {CHECKPOINT} in the storage")
}

/// Reads the checkpoint in the storage, if there is one.
pub async fn stored_checkpoint(storage: &Storage) -> Result<Option<Stored>, VerifyError> {
    let Some(bytes) = storage.get(CHECKPOINT).await? else { return Ok(None) };
    let bad = |cause| VerifyError::Checkpoint { what: what(), cause };
    let note: SignedNote =
        String::from_utf8_lossy(&bytes).parse().map_err(|error| bad(CheckpointError::Note(error)))?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(bad)?;
    Ok(Some(Stored { note, checkpoint }))
}

/// Compares all that names a root with the tree of the entries.
pub fn check_head(
    head: &Head,
    stored: Option<&Stored>,
    tree: &WholeTree,
    keys: &[VerifierKey],
) -> Result<(), VerifyError> {
    let Some(stored) = stored else {
        return Err(VerifyError::Head(format!("{} is missing, though it was published", what())));
    };
    let what_head = "checkpoint in the table ledger_head";
    let note = head.checkpoint.parse().map_err(|error| VerifyError::Checkpoint {
        what: what_head.to_owned(),
        cause: CheckpointError::Note(error),
    })?;
    let signed = open(what_head, &note, keys)?;
    if (signed.size, signed.root) != (head.size, head.root) {
        return Err(VerifyError::Head(format!(
            "the table ledger_head has {} entries and the root {}, its checkpoint {} and {}",
            head.size, head.root, signed.size, signed.root
        )));
    }
    let stored_what = what();
    for (what, checkpoint) in
        [(what_head, signed), (stored_what.as_str(), open(&stored_what, &stored.note, keys)?)]
    {
        let made = tree.root(checkpoint.size)?;
        if made != checkpoint.root {
            let (size, signed, what) = (checkpoint.size, checkpoint.root, what.to_owned());
            return Err(VerifyError::Root { size, made, signed, what });
        }
    }
    Ok(())
}
