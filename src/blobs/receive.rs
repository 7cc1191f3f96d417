//! Taking in a request body: written behind what its session has, hashed as it comes.

use bytes::Bytes;
use futures_util::future::join;
use futures_util::{Stream, StreamExt as _};

use super::service::Blobs;
use super::writer::Writer;
use super::{BlobError, Session};
use crate::http::BodyError;
use crate::types::ChunkRange;

/// Bytes that are written and hashed at once.
const PIECE: usize = 1 << 20;

impl Blobs {
    /// Writes a body behind what is there. The caller records it, unless the body broke: then what came is recorded here,
    /// for the client to go on from. A chunk with a range is all or nothing.
    pub(super) async fn receive(
        &self,
        session: &Session,
        chunk: Option<ChunkRange>,
        mut body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    ) -> Result<Writer, BlobError> {
        let mut writer = Writer::open(self, session).await?;
        let start = writer.session().received;
        if chunk.is_some_and(|chunk| chunk.first != start) {
            writer.refuse().await;
            return Err(BlobError::OutOfOrder { received: start });
        }
        writer.begin().await?;
        let mut receiving = Receiving { writer, start, chunk };
        match receiving.drain(&mut body).await {
            Ok(None) => Ok(receiving.writer),
            Ok(Some(broken)) if chunk.is_none() => {
                receiving.writer.record().await?;
                Err(broken.into())
            }
            Ok(Some(broken)) => {
                receiving.writer.give_up().await;
                Err(broken.into())
            }
            Err(error) => {
                receiving.writer.give_up().await;
                Err(error)
            }
        }
    }
}

/// A body on its way in.
struct Receiving {
    writer: Writer,
    /// Where this body began.
    start: u64,
    chunk: Option<ChunkRange>,
}

impl Receiving {
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
            let write = self.writer.write(piece);
            let filling = async {
                if !ended {
                    ended = fill(&mut next, body, &mut broken).await;
                }
            };
            let (written, ()) = join(write, filling).await;
            piece = std::mem::replace(&mut next, written?);
            metrics::counter!("waybill_upload_bytes_total").increment(length);
            if self.chunk.is_none() {
                self.writer.checkpoint().await?;
            }
        }
        if broken.is_none()
            && let Some(chunk) = self.chunk
            && self.received() != chunk.len()
        {
            return Err(self.wrong_length(chunk, 0));
        }
        Ok(broken)
    }

    /// Bytes of this body that were written.
    const fn received(&self) -> u64 {
        self.writer.session().received - self.start
    }

    /// Refuses a chunk as soon as it is longer than announced.
    fn fits(&self, more: u64) -> Result<(), BlobError> {
        match self.chunk {
            Some(chunk) if self.received() + more > chunk.len() => Err(self.wrong_length(chunk, more)),
            _ => Ok(()),
        }
    }

    const fn wrong_length(&self, chunk: ChunkRange, more: u64) -> BlobError {
        BlobError::ChunkLength { announced: chunk.len(), actual: self.received() + more }
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
