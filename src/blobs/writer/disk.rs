//! Writing to a file. What is behind the bytes that the row tells of was written by a request that never ended: it is
//! cut off.

use super::Hold;
use crate::blobs::service::Blobs;
use crate::blobs::storage::disk::{Appender, Disk};
use crate::blobs::uploads::Finished;
use crate::blobs::{BlobError, Session, store};
use crate::db::Tx;
use crate::types::{Algorithm, Digest};

/// Bytes after which the progress of a long body is recorded: what a power cut can cost, and a sign of life for a
/// session that would expire.
const RECORD_EVERY: u64 = 256 << 20;

/// The writer of a file, which stays locked through the appender.
pub struct DiskWriter {
    blobs: Blobs,
    disk: Disk,
    appender: Appender,
    /// With all that was written.
    pub session: Session,
    /// Bytes that the row says were received.
    recorded: u64,
}

impl DiskWriter {
    pub(super) async fn open(blobs: &Blobs, disk: &Disk, session: &Session) -> Result<Self, BlobError> {
        let appender = disk.append(session.object).await?;
        let found = blobs.session(session.id, session.repository, session.account).await;
        let session = found.inspect_err(|_| appender.forget())?;
        let recorded = session.received;
        Ok(Self { blobs: blobs.clone(), disk: disk.clone(), appender, session, recorded })
    }

    pub(super) fn forget(&self) {
        self.appender.forget();
    }

    pub(super) async fn begin(&mut self) -> Result<(), BlobError> {
        self.appender.cut(self.recorded).await
    }

    pub(super) async fn write(&mut self, piece: Vec<u8>) -> Result<Vec<u8>, BlobError> {
        let (offset, hashes, length) =
            (self.session.received, self.session.hashes.clone(), piece.len() as u64);
        let spare;
        (self.session.hashes, spare) = self.appender.write(&self.disk, offset, hashes, piece).await?;
        self.session.received += length;
        Ok(spare)
    }

    pub(super) async fn checkpoint(&mut self) -> Result<(), BlobError> {
        if self.session.received - self.recorded >= RECORD_EVERY {
            self.record_progress().await
        } else {
            Ok(())
        }
    }

    pub(super) async fn record(mut self) -> Result<u64, BlobError> {
        self.record_progress().await?;
        Ok(self.session.received)
    }

    /// Records how far the session has come. The change owns a hold on the file, so that nobody else gets to it before
    /// the commit, even when the request that waits for it goes away.
    async fn record_progress(&mut self) -> Result<(), BlobError> {
        self.sync().await?;
        if self.session.received == self.recorded {
            return Ok(());
        }
        let expires = self.blobs.clock.now().after(self.blobs.upload_expiry);
        let (session, before, hold) = (self.session.clone(), self.recorded, self.appender.lock());
        self.blobs
            .db
            .write(async move |tx: &Tx| {
                let _held = &hold;
                if store::uploads::advance(&**tx, &session, before, None, expires).await? {
                    Ok(())
                } else {
                    Err(BlobError::UnknownUpload)
                }
            })
            .await?;
        self.recorded = self.session.received;
        Ok(())
    }

    async fn sync(&mut self) -> Result<(), BlobError> {
        self.appender.sync(&self.disk, self.session.received, self.recorded == 0).await
    }

    pub(super) async fn give_up(mut self) {
        if let Err(error) = self.appender.cut(self.recorded).await {
            tracing::warn!(%error, "the bytes of a refused body were left behind");
        }
    }

    pub(super) async fn finish(mut self, digest: Digest) -> Result<Finished, BlobError> {
        self.sync().await?;
        let (sha256, sha512) = self.session.hashes.digests();
        let actual = match (digest.algorithm(), sha512) {
            (Algorithm::Sha256, _) => sha256.clone(),
            (Algorithm::Sha512, Some(sha512)) => sha512,
            // Not announced: hash what is on disk once more.
            (Algorithm::Sha512, None) => self.appender.sha512().await?,
        };
        let size = self.session.received;
        // The row still says what it said before this body; the transaction that ends the session compares with that.
        let session = Session { received: self.recorded, ..self.session };
        if actual != digest {
            self.blobs.cancel(&session).await?;
            return Err(BlobError::DigestMismatch { expected: digest, actual });
        }
        Ok(Finished { session, digest, sha256, size, hold: Hold::File(self.appender.lock()) })
    }
}
