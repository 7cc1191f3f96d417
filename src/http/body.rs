//! Request bodies: streamed, with a limit where they are kept in memory, and never waited for without end.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{MessageBody, SizedStream};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use bytes::{Bytes, BytesMut};
use futures_util::future::{Ready, ready};
use futures_util::stream::empty;
use futures_util::{Stream, StreamExt};
use thiserror::Error;
use tokio::time::{Instant, Sleep, sleep, timeout_at};

/// How long a body may stall before the request ends. A slow client that keeps sending is fine.
const STALL: Duration = Duration::from_secs(60);
/// How long a body may take that is kept in memory.
const WHOLE: Duration = Duration::from_secs(300);

/// Why a body could not be read to its end.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BodyError {
    /// The client went away, or sent less than it announced.
    #[error("the request body ended early: send it again")]
    Incomplete,
    /// Nothing came for a minute, or a small body took too long.
    #[error("the request body stalled: send it again")]
    Stalled,
    /// More than the limit.
    #[error("the request body is larger than the limit of {limit} bytes")]
    TooLarge {
        /// Bytes that are accepted.
        limit: usize,
    },
}

/// A request body as a stream of pieces, each waited for at most a minute.
pub struct RequestBody {
    payload: Payload,
    deadline: Pin<Box<Sleep>>,
}

impl FromRequest for RequestBody {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(_: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(Ok(Self { payload: payload.take(), deadline: Box::pin(sleep(STALL)) }))
    }
}

impl Stream for RequestBody {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.payload.poll_next_unpin(cx) {
            Poll::Ready(piece) => {
                self.deadline.as_mut().reset(Instant::now() + STALL);
                Poll::Ready(piece.map(|piece| piece.map_err(|_| BodyError::Incomplete)))
            }
            Poll::Pending => {
                std::task::ready!(self.deadline.as_mut().poll(cx));
                Poll::Ready(Some(Err(BodyError::Stalled)))
            }
        }
    }
}

/// The body of an answer to HEAD: it announces its length and sends nothing.
pub fn announced(length: u64) -> impl MessageBody {
    SizedStream::new(length, empty::<Result<Bytes, std::io::Error>>())
}

/// Reads a whole body of at most `limit` bytes into memory.
///
/// # Errors
/// `TooLarge` as soon as one byte more has come, whatever Content-Length said; `Stalled` when it takes minutes.
pub async fn read_limited(
    mut body: impl Stream<Item = Result<Bytes, BodyError>> + Unpin,
    limit: usize,
) -> Result<Bytes, BodyError> {
    let mut whole = BytesMut::new();
    let deadline = Instant::now() + WHOLE;
    while let Some(piece) = timeout_at(deadline, body.next()).await.map_err(|_| BodyError::Stalled)? {
        let piece = piece?;
        if whole.len() + piece.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}
