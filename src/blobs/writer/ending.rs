//! The end of an upload into a bucket: its bytes become one object, whose digest is checked.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use tokio::task::spawn_blocking;

use super::Hold;
use super::bucket::BucketWriter;
use crate::blobs::uploads::Finished;
use crate::blobs::{BlobError, HashState, Session, store};
use crate::types::{Algorithm, Digest, ResolvedRange};

impl BucketWriter {
    pub(super) async fn finish(mut self: Box<Self>, digest: Digest) -> Result<Finished, BlobError> {
        match self.try_finish(&digest).await {
            Ok(sha256) => {
                self.left = true;
                // The transaction that ends the session compares with what its row says.
                let session = Session { received: self.recorded, ..self.session.clone() };
                let hold = Hold::Turn(Arc::clone(&self.turn));
                Ok(Finished { session, digest, sha256, size: self.session.received, hold })
            }
            Err(error) => {
                let mismatch = matches!(error, BlobError::DigestMismatch { .. });
                // Nothing of a content with another digest is kept; nor of one that was sealed, as it is left.
                if mismatch && !self.sealed {
                    self.left = true;
                    let _ = self.land().await;
                    self.blobs.cancel(&Session { received: self.recorded, ..self.session.clone() }).await?;
                } else {
                    self.leave().await;
                }
                Err(error)
            }
        }
    }

    /// Returns the SHA-256.
    async fn try_finish(&mut self, digest: &Digest) -> Result<Digest, BlobError> {
        let (sha256, sha512) = self.session.hashes.digests();
        let known = match digest.algorithm() {
            Algorithm::Sha256 => Some(&sha256),
            Algorithm::Sha512 => sha512.as_ref(),
        };
        if let Some(actual) = known {
            same(digest, actual)?;
        }
        self.make_object().await?;
        if known.is_none() || self.turn.contested() {
            let (again, sha512) = self.read_again(digest.algorithm()).await?;
            if again != sha256 {
                let object = self.session.object;
                return Err(BlobError::Storage(format!("object {object} has other bytes than were sent")));
            }
            // A SHA-512 that was not announced.
            if let Some(actual) = sha512 {
                same(digest, &actual)?;
            }
        }
        Ok(sha256)
    }

    async fn make_object(&mut self) -> Result<(), BlobError> {
        let object = self.session.object;
        let Some(multipart) = self.multipart.clone() else {
            // No more than a part was kept back.
            self.unrecorded = true;
            let bytes = std::mem::take(&mut self.buffer);
            return self.bucket.put_object(object, bytes).await;
        };
        if self.buffered > 0 {
            self.send().await?;
        }
        self.land().await?;
        self.store(self.session.clone(), Bytes::new(), Some(self.turn.sealed())).await?;
        self.sealed = true;
        // Until it has answered, the completion may still make the object: the row that leads there must outlive it.
        self.unrecorded = true;
        let parts = store::turns::parts(self.blobs.db.read(), self.session.id).await?;
        let in_order = (0..).zip(&parts).all(|(number, part)| part.number == number);
        let size = self.session.received;
        if !in_order || parts.iter().map(|part| part.size).sum::<u64>() != size {
            return Err(BlobError::Storage(format!("the parts of object {object} do not make {size} bytes")));
        }
        let completed = self.bucket.complete(object, &multipart, parts).await;
        // A try may have done it though its answer was lost, and failed when it was repeated: nothing else makes this
        // object, so its being there, whole, is the answer.
        match (completed, self.bucket.object_size(object).await?) {
            (_, Some(there)) if there == size => {
                self.completed = true;
                self.unrecorded = false;
                Ok(())
            }
            (Err(error), _) => Err(error),
            (Ok(()), there) => {
                Err(BlobError::Storage(format!("object {object} has {there:?} bytes instead of {size}")))
            }
        }
    }

    /// Hashes the object as it is in the bucket.
    async fn read_again(&self, algorithm: Algorithm) -> Result<(Digest, Option<Digest>), BlobError> {
        let range = ResolvedRange { start: 0, end: self.session.received };
        let mut pieces = self.bucket.read(self.session.object, range).await?;
        let mut hashes = HashState::new(algorithm);
        while let Some(piece) = pieces.try_next().await? {
            hashes = spawn_blocking(move || {
                hashes.update(&piece);
                hashes
            })
            .await?;
        }
        Ok(hashes.digests())
    }
}

fn same(expected: &Digest, actual: &Digest) -> Result<(), BlobError> {
    if expected == actual {
        Ok(())
    } else {
        Err(BlobError::DigestMismatch { expected: expected.clone(), actual: actual.clone() })
    }
}
