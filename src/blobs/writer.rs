//! Writing to a session: one request at a time, behind what its row says was received.
//!
//! On a local disk a lock on the file fences off a second request; in a bucket the turn in the session's row does, by
//! the rules of [`Turn`](super::model::Turn).

mod bucket;
mod disk;
mod ending;
mod held_turn;

use std::sync::Arc;

use uuid::Uuid;

use bucket::BucketWriter;
use disk::DiskWriter;
use held_turn::HeldTurn;

use super::service::Blobs;
use super::storage::Storage;
use super::storage::disk::FileLock;
use super::uploads::Finished;
use super::{BlobError, Session};
use crate::types::Digest;

/// Keeps a session from other writers. Whatever records what an object holds must own one until its commit, whether or
/// not its caller lives so long: else another request could change the bytes underneath a digest.
#[derive(Debug, Clone)]
pub enum Hold {
    /// The file is locked.
    File(#[expect(dead_code, reason = "held, not looked at")] FileLock),
    /// The turn is taken, and renewed.
    Turn(Arc<HeldTurn>),
}

impl Hold {
    /// The writer that the session's row must name.
    pub fn writer(&self) -> Option<Uuid> {
        match self {
            Self::File(_) => None,
            Self::Turn(turn) => Some(turn.writer()),
        }
    }
}

/// The one request that writes to a session.
pub(super) enum Writer {
    Disk(Box<DiskWriter>),
    Bucket(Box<BucketWriter>),
}

impl Writer {
    /// Becomes the session's writer, and reads its row again: another request may have gone on with it before.
    ///
    /// # Errors
    /// `Busy` while another request writes; `UnknownUpload` when the session has ended.
    pub async fn open(blobs: &Blobs, session: &Session) -> Result<Self, BlobError> {
        Ok(match &blobs.storage {
            Storage::Disk(disk) => Self::Disk(Box::new(DiskWriter::open(blobs, disk, session).await?)),
            Storage::Bucket(bucket) => {
                Self::Bucket(Box::new(BucketWriter::open(blobs, bucket, session).await?))
            }
        })
    }

    /// The session, with all that was written so far.
    pub const fn session(&self) -> &Session {
        match self {
            Self::Disk(writer) => &writer.session,
            Self::Bucket(writer) => &writer.session,
        }
    }

    /// Gets ready to write.
    ///
    /// # Errors
    /// When bytes that were promised are gone.
    pub async fn begin(&mut self) -> Result<(), BlobError> {
        match self {
            Self::Disk(writer) => writer.begin().await,
            Self::Bucket(_) => Ok(()),
        }
    }

    /// Writes and hashes a piece. Gives back a buffer, empty, to be filled again.
    ///
    /// # Errors
    /// `StorageFull`, or when the storage fails; `Busy` when the turn was lost.
    pub async fn write(&mut self, piece: Vec<u8>) -> Result<Vec<u8>, BlobError> {
        match self {
            Self::Disk(writer) => writer.write(piece).await,
            Self::Bucket(writer) => writer.write(piece).await,
        }
    }

    /// Records the progress of a long body, now and then.
    ///
    /// # Errors
    /// As [`Writer::record`].
    pub async fn checkpoint(&mut self) -> Result<(), BlobError> {
        match self {
            Self::Disk(writer) => writer.checkpoint().await,
            Self::Bucket(writer) => writer.checkpoint().await,
        }
    }

    /// Makes all that was written durable and records it; returns how much the session has.
    ///
    /// # Errors
    /// When the storage or the database fails; `UnknownUpload` when the session was ended meanwhile.
    pub async fn record(self) -> Result<u64, BlobError> {
        match self {
            Self::Disk(writer) => writer.record().await,
            Self::Bucket(writer) => writer.record().await,
        }
    }

    /// Takes back what no row tells of, so that a refused body does not keep the storage full.
    pub async fn give_up(self) {
        match self {
            Self::Disk(writer) => writer.give_up().await,
            Self::Bucket(mut writer) => writer.leave().await,
        }
    }

    /// Leaves without having written.
    pub async fn refuse(self) {
        match self {
            Self::Disk(writer) => writer.forget(),
            Self::Bucket(mut writer) => writer.leave().await,
        }
    }

    /// Makes the whole content durable and checks its digest; a content with another digest ends the session.
    ///
    /// # Errors
    /// `DigestMismatch`, or when the storage or the database fails.
    pub async fn finish(self, digest: Digest) -> Result<Finished, BlobError> {
        match self {
            Self::Disk(writer) => writer.finish(digest).await,
            Self::Bucket(writer) => writer.finish(digest).await,
        }
    }
}
