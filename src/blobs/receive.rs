//! Taking in a request body: written behind what its session has, hashed as it comes, made durable.

use bytes::Bytes;
use futures_util::future::join;
use futures_util::{Stream, StreamExt as _};

use super::service::Blobs;
use super::storage::{Appender, Hold};
use super::{BlobError, Session, store};
use crate::db::Tx;
use crate::http::BodyError;
use crate::types::ChunkRange;

/// Bytes that are written and hashed at once.
const PIECE: usize = 1 << 20;
/// Bytes after which the progress of a long body is recorded: what a power cut can cost, and a sign of life for a
/// session that would expire.
const RECORD_EVERY: u64 = 256 << 20;

/// A body that is durable, with the session after it. The file stays locked through the appender.
pub(super) struct Received {
    pub session: Session,
    /// Bytes that the session's row says were received.
    pub recorded: u64,
    pub appender: Appender,
}

impl Blobs {
    /// Writes a body behind what is there. The caller records it, unless the body broke: then what came is recorded here,
    /// for the client to go on from. A chunk with a range is all or nothing.
    pub(super) async fn receive(
        &self,
        session: &Session,
        chunk: Option<ChunkRange>,
        mut body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    ) -> Result<Received, BlobError> {
        let appender = self.storage.append(session.object).await?;
        // Read again under the lock: another request may have gone on with the session before it.
        let found = self.session(session.id, session.repository, session.account).await;
        let session = found.inspect_err(|_| appender.forget())?;
        let start = session.received;
        if chunk.is_some_and(|chunk| chunk.first != start) {
            appender.forget();
            return Err(BlobError::OutOfOrder { received: start });
        }
        appender.cut(start).await?;
        let mut writing = Writing { blobs: self, appender, recorded: start, start, chunk, session };
        match writing.drain(&mut body).await {
            Ok(None) => {
                writing.sync().await?;
                let Writing { session, recorded, appender, .. } = writing;
                Ok(Received { session, recorded, appender })
            }
            Ok(Some(broken)) if chunk.is_none() => {
                writing.record().await?;
                Err(broken.into())
            }
            Ok(Some(broken)) => writing.give_up(broken.into()).await,
            Err(error) => writing.give_up(error).await,
        }
    }

    /// Records how far a session has come. The change owns a hold on the file, so that nobody else gets to it before
    /// the commit, even when the request that waits for it goes away.
    pub(super) async fn record_progress(
        &self,
        session: &Session,
        before: u64,
        hold: Hold,
    ) -> Result<(), BlobError> {
        let (session, expires) = (session.clone(), self.clock.now().after(self.upload_expiry));
        self.db
            .write(async move |tx: &Tx| {
                let _held = &hold;
                if store::advance_upload(&**tx, &session, before, expires).await? {
                    Ok(())
                } else {
                    Err(BlobError::UnknownUpload)
                }
            })
            .await
    }
}

/// A body on its way in.
struct Writing<'a> {
    blobs: &'a Blobs,
    appender: Appender,
    session: Session,
    /// Bytes that the row says were received.
    recorded: u64,
    /// Where this body began.
    start: u64,
    chunk: Option<ChunkRange>,
}

impl Writing<'_> {
    /// Takes in the body to its end, or to where it breaks. While one piece is written and hashed, the next one fills.
    async fn drain(
        &mut self,
        body: &mut (impl Stream<Item = Result<Bytes, BodyError>> + Unpin),
    ) -> Result<Option<BodyError>, BlobError> {
        let (mut piece, mut next, mut broken) = (Vec::new(), Vec::new(), None);
        let mut ended = fill(&mut piece, body, &mut broken).await;
        while !piece.is_empty() {
            let length = piece.len() as u64;
            self.fits(length)?;
            let (offset, hashes) = (self.session.received, self.session.hashes.clone());
            let write = self.appender.write(&self.blobs.storage, offset, hashes, piece);
            let filling = async {
                if !ended {
                    ended = fill(&mut next, body, &mut broken).await;
                }
            };
            let (written, ()) = join(write, filling).await;
            let spare;
            (self.session.hashes, spare) = written?;
            self.session.received += length;
            metrics::counter!("waybill_upload_bytes_total").increment(length);
            piece = std::mem::replace(&mut next, spare);
            if self.chunk.is_none() && self.session.received - self.recorded >= RECORD_EVERY {
                self.record().await?;
            }
        }
        if broken.is_none()
            && let Some(chunk) = self.chunk
            && self.session.received - self.start != chunk.len()
        {
            return Err(self.wrong_length(chunk, 0));
        }
        Ok(broken)
    }

    /// Refuses a chunk as soon as it is longer than announced.
    fn fits(&self, more: u64) -> Result<(), BlobError> {
        match self.chunk {
            Some(chunk) if self.session.received - self.start + more > chunk.len() => {
                Err(self.wrong_length(chunk, more))
            }
            _ => Ok(()),
        }
    }

    fn wrong_length(&self, chunk: ChunkRange, more: u64) -> BlobError {
        BlobError::ChunkLength { announced: chunk.len(), actual: self.session.received - self.start + more }
    }

    async fn sync(&self) -> Result<(), BlobError> {
        self.appender.sync(self.session.received, self.recorded == 0).await
    }

    async fn record(&mut self) -> Result<(), BlobError> {
        if self.session.received > self.recorded {
            self.sync().await?;
            self.blobs.record_progress(&self.session, self.recorded, self.appender.hold()).await?;
            self.recorded = self.session.received;
        }
        Ok(())
    }

    /// Takes back what no row tells of, so that a refused body does not keep the disk full.
    async fn give_up(self, error: BlobError) -> Result<Received, BlobError> {
        if let Err(error) = self.appender.cut(self.recorded).await {
            tracing::warn!(%error, "the bytes of a refused body were left behind");
        }
        Err(error)
    }
}

/// Fills a piece; says whether the body has ended, and keeps what broke it.
async fn fill(
    piece: &mut Vec<u8>,
    body: &mut (impl Stream<Item = Result<Bytes, BodyError>> + Unpin),
    broken: &mut Option<BodyError>,
) -> bool {
    while piece.len() < PIECE {
        match body.next().await {
            Some(Ok(bytes)) => piece.extend_from_slice(&bytes),
            Some(Err(error)) => {
                *broken = Some(error);
                return true;
            }
            None => return true,
        }
    }
    false
}
