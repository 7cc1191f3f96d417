//! What can go wrong with bytes.

use thiserror::Error;

use crate::db::DbError;
use crate::http::BodyError;
use crate::types::Digest;

/// Why bytes could not be taken or given.
#[derive(Debug, Error)]
pub enum BlobError {
    /// There is no such session, or it was begun elsewhere or by someone else.
    #[error(
        "no such upload session: it has ended, expired or belongs to another repository. Start a new upload"
    )]
    UnknownUpload,
    /// The chunk does not begin where the last one ended.
    #[error("the chunk must begin at byte {received}, which is how much has been received")]
    OutOfOrder {
        /// Bytes received so far.
        received: u64,
    },
    /// The chunk is not as long as its Content-Range says.
    #[error("the chunk has {actual} bytes, but its Content-Range announces {announced}")]
    ChunkLength {
        /// As announced.
        announced: u64,
        /// As counted.
        actual: u64,
    },
    /// Another request is writing to this session.
    #[error("another request is writing to this upload session: wait for it to end")]
    Busy,
    /// The content is not what the digest says.
    #[error("the content's digest is {actual}, not {expected}: push it again")]
    DigestMismatch {
        /// As the client named it.
        expected: Digest,
        /// As it is.
        actual: Digest,
    },
    /// The body could not be read.
    #[error(transparent)]
    Body(#[from] BodyError),
    /// Free space is down to the reserve that the database needs.
    #[error("the storage is full: free some space, then push again")]
    StorageFull,
    /// The storage does not answer; it may in a moment. For the log only.
    #[error("the storage is not available: {0}")]
    Unavailable(String),
    /// The upload has come in more parts than a bucket can put together.
    #[error("the upload came in too many small chunks: begin again with chunks of 64 MiB or more")]
    TooManyChunks,
    /// The storage failed. For the log only.
    #[error("storage: {0}")]
    Storage(String),
    /// The database failed. For the log only.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            Self::StorageFull
        } else {
            Self::Storage(error.to_string())
        }
    }
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        super::storage::classify(&error)
    }
}

impl From<tokio::task::JoinError> for BlobError {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Storage(error.to_string())
    }
}
