//! What can go wrong in this room.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::model::{CheckpointError, LogOrigin, NoteError, TilePath, TreeError};
use crate::blobs::BlobError;
use crate::db::DbError;
use crate::keys::KeyError;

/// Why the log can't be read, or does not go on.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The storage did not.
    #[error(transparent)]
    Storage(#[from] BlobError),
    /// There is no key to sign with.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The tree can't be worked on.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A checkpoint is none.
    #[error("the checkpoint in the storage can't be used: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A copy of a checkpoint is none of this log.
    #[error("{name}, among the copies of the ledger's checkpoints, is none of them: {cause}")]
    Copy {
        /// Its name.
        name: String,
        /// Why.
        cause: CheckpointError,
    },
    /// The second place is another one than it was, or was emptied.
    #[error(
        "{name} was copied to {place} and is not there: mount the disk, or name another place in `ledger.checkpoint_copy`"
    )]
    CopyGone {
        /// The copy's name.
        name: String,
        /// Where it should be.
        place: String,
    },
    /// A note is none.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Neither the database nor the storage holds it, though the log has it.
    #[error("{0} is missing in the storage")]
    Gone(TilePath),
    /// What the entries tell of is not in the storage, so they can't be published.
    #[error("the events can't be published yet: {0}")]
    Unsecured(String),
    /// The log has another name, for good.
    #[error(
        "the ledger's origin is '{stored}' and can't be changed to '{set}': correct `ledger.origin`, or leave it unset"
    )]
    OtherOrigin {
        /// The name that it has.
        stored: LogOrigin,
        /// What the settings say.
        set: LogOrigin,
    },
    /// Every key that signs makes checkpoints longer, and readers of notes have limits.
    #[error(
        "{0} keys sign beside each other already: wait until `ledger.key_overlap_seconds` are over for the oldest, or \
         set them lower"
    )]
    TooManyKeys(usize),
    /// The log has no name yet: nothing was ever recorded here.
    #[error("the ledger has no origin yet: start the server first")]
    Unnamed,
    /// The database was put back to an earlier moment.
    #[error(
        "the ledger's head in the database has {head} entries, a checkpoint of {published} was published: signing the \
         smaller one again would be a fork"
    )]
    RolledBack {
        /// Entries by the database.
        head: u64,
        /// Entries by the checkpoint in the storage.
        published: u64,
    },
    /// Another log was published.
    #[error(
        "the ledger's head in the database and the published checkpoint, both of {size} entries, are of different trees"
    )]
    Forked {
        /// Entries in both.
        size: u64,
    },
    /// There is no checkpoint that could be shown.
    #[error("the ledger has published no checkpoint yet: start the server, and ask again in a second")]
    Unpublished,
    /// What the database holds is not what was published.
    #[error("the ledger in the database is damaged: {0}. Ask `waybill verify ledger` what is")]
    Damaged(String),
    /// An export never replaces another file.
    #[error("there is a file {} already: choose another name", .0.display())]
    Exists(PathBuf),
    /// The file can't be written.
    #[error("{}: {cause}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Somebody else went on with the log meanwhile.
    #[error("another replica has gone on with the ledger")]
    Superseded,
}
