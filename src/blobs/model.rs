//! What bytes are to the database: objects, blobs and upload sessions.

mod parts;
mod turn;

pub use parts::{MAX_PARTS, MIN_PART, Part, in_flight, part_size};
pub use turn::{Take, Turn};

use super::HashState;
use crate::types::{AccountId, Algorithm, ObjectKey, RepositoryId, UploadId};

/// Where a blob's bytes are, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobInfo {
    /// Its object.
    pub object: ObjectKey,
    /// Bytes.
    pub size: u64,
}

/// What an object's row says of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectState {
    /// An upload is under way.
    Writing,
    /// At least one blob is made of it.
    Stored,
    /// Nothing refers to it: the sweep removes the bytes, then the row.
    Doomed,
}

impl ObjectState {
    /// As the database keeps it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Stored => "stored",
            Self::Doomed => "doomed",
        }
    }
}

/// An open session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Opaque id.
    pub id: UploadId,
    /// Where it was begun.
    pub repository: RepositoryId,
    /// Who began it; nobody else may go on with it.
    pub account: AccountId,
    /// Where its bytes go.
    pub object: ObjectKey,
    /// Bytes that are durable.
    pub received: u64,
    /// Hash state after them.
    pub hashes: HashState,
}

impl Session {
    /// A session to be opened.
    pub fn new(repository: RepositoryId, account: AccountId, algorithm: Algorithm) -> Self {
        let hashes = HashState::new(algorithm);
        Self {
            id: UploadId::new(),
            repository,
            account,
            object: ObjectKey::of_this_second(),
            received: 0,
            hashes,
        }
    }
}

/// How far a session has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The session.
    pub id: UploadId,
    /// Bytes received.
    pub received: u64,
}
