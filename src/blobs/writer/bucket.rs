//! Writing to a bucket: parts are sent as they fill, several at once; what is too little for a part waits in the
//! session's rows. The rules are in [`Turn`](crate::blobs::model::Turn).

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::held_turn::{HeldTurn, Taken};
use crate::blobs::model::{MAX_PARTS, MIN_PART, Part, Turn, in_flight, part_size};
use crate::blobs::service::Blobs;
use crate::blobs::storage::bucket::Bucket;
use crate::blobs::{BlobError, HashState, Session, store};
use crate::db::Tx;

/// Bytes of parts after which the progress of a long body is recorded: what a death can cost.
const RECORD_EVERY: u64 = 64 << 20;

/// Room for a piece of 1 MiB, which ends with the bytes that make it whole.
const PIECE_ROOM: usize = (1 << 20) + (128 << 10);

/// A part on its way. Left alone, it goes on.
pub(super) type InFlight = VecDeque<JoinHandle<Result<Part, BlobError>>>;

/// The writer of an object in a bucket.
pub struct BucketWriter {
    pub(super) blobs: Blobs,
    pub(super) bucket: Bucket,
    pub(super) turn: Arc<HeldTurn>,
    /// With all that was written.
    pub session: Session,
    /// Bytes that the row says were received.
    pub(super) recorded: u64,
    pub(super) multipart: Option<Arc<str>>,
    /// The number of the next part.
    next: i32,
    in_flight: InFlight,
    /// Parts that were sent and are in no row.
    sent: Vec<Part>,
    /// Bytes in parts, and the state behind them, since a part was sent.
    boundary: Option<(u64, HashState)>,
    /// What comes behind the parts.
    pub(super) buffer: Vec<Bytes>,
    pub(super) buffered: u64,
    /// Whether a row holds a tail.
    has_tail: bool,
    /// Whether bytes that no row tells of may be on their way.
    pub(super) unrecorded: bool,
    pub(super) sealed: bool,
    /// Whether the parts were put together.
    pub(super) completed: bool,
    /// Whether the turn was passed on, or goes on in the hold of a finished content.
    pub(super) left: bool,
}

impl BucketWriter {
    pub(super) async fn open(blobs: &Blobs, bucket: &Bucket, session: &Session) -> Result<Self, BlobError> {
        let Taken { held, session, multipart, parts, tail } = HeldTurn::take(blobs, bucket, session).await?;
        let buffered = tail.len() as u64;
        Ok(Self {
            blobs: blobs.clone(),
            bucket: bucket.clone(),
            turn: held,
            recorded: session.received,
            session,
            multipart: multipart.map(Into::into),
            next: parts,
            in_flight: VecDeque::new(),
            sent: Vec::new(),
            boundary: None,
            has_tail: !tail.is_empty(),
            buffer: if tail.is_empty() { Vec::new() } else { vec![tail.into()] },
            buffered,
            unrecorded: false,
            sealed: false,
            completed: false,
            left: false,
        })
    }

    pub(super) async fn write(&mut self, piece: Vec<u8>) -> Result<Vec<u8>, BlobError> {
        self.turn.demand()?;
        let length = piece.len() as u64;
        if self.buffered > 0 && self.buffered + length > part_size(self.next) {
            self.send().await?;
        }
        let (piece, mut hashes) = (Bytes::from(piece), self.session.hashes.clone());
        let hashed = piece.clone();
        self.session.hashes = spawn_blocking(move || {
            hashes.update(&hashed);
            hashes
        })
        .await?;
        self.session.received += length;
        self.buffered += length;
        self.buffer.push(piece);
        // The piece stays as it is until its part is there; one that would grow as it fills takes twice the memory.
        Ok(Vec::with_capacity(PIECE_ROOM))
    }

    /// Sends what is in the buffer as a part.
    pub(super) async fn send(&mut self) -> Result<(), BlobError> {
        if self.next >= MAX_PARTS {
            return Err(BlobError::TooManyChunks);
        }
        let multipart = self.multipart().await?;
        while self.in_flight.len() >= in_flight(self.next) {
            self.land_one().await?;
        }
        let (bucket, object, number) = (self.bucket.clone(), self.session.object, self.next);
        let bytes = std::mem::take(&mut self.buffer);
        self.buffered = 0;
        self.next += 1;
        self.unrecorded = true;
        self.boundary = Some((self.session.received, self.session.hashes.clone()));
        let part = async move { bucket.put_part(object, &multipart, number, bytes).await };
        self.in_flight.push_back(self.bucket.runtime().spawn(part));
        Ok(())
    }

    /// The multipart upload, begun and recorded with its first part. That goes on to its end even when the request goes
    /// away: a multipart upload that no row knows would stay in the bucket.
    async fn multipart(&mut self) -> Result<Arc<str>, BlobError> {
        if let Some(multipart) = &self.multipart {
            return Ok(Arc::clone(multipart));
        }
        let (blobs, bucket) = (self.blobs.clone(), self.bucket.clone());
        let (id, object, writer) = (self.session.id, self.session.object, self.turn.writer());
        let begun = self.bucket.runtime().spawn(async move {
            let multipart: Arc<str> = bucket.begin(object).await?.into();
            let begun = Arc::clone(&multipart);
            let recorded = blobs
                .db
                .write(async move |tx: &Tx| {
                    if !store::turns::is_turn_of(&**tx, id, writer).await? {
                        return Err(BlobError::Busy);
                    }
                    store::objects::set_multipart(&**tx, object, Some(&begun)).await?;
                    Ok(())
                })
                .await;
            if let Err(error) = recorded {
                // The object itself is not ours any more: the next writer may have made a blob of it by now.
                bucket.abort(object, &multipart).await?;
                return Err(error);
            }
            Ok(multipart)
        });
        let multipart = begun.await??;
        self.multipart = Some(Arc::clone(&multipart));
        Ok(multipart)
    }

    async fn land_one(&mut self) -> Result<(), BlobError> {
        if let Some(part) = self.in_flight.front_mut() {
            let landed = part.await;
            self.in_flight.pop_front();
            self.sent.push(landed??);
        }
        Ok(())
    }

    /// Waits until all parts are there.
    pub(super) async fn land(&mut self) -> Result<(), BlobError> {
        while !self.in_flight.is_empty() {
            self.land_one().await?;
        }
        Ok(())
    }

    pub(super) async fn checkpoint(&mut self) -> Result<(), BlobError> {
        let Some((received, hashes)) = &self.boundary else { return Ok(()) };
        if received - self.recorded < RECORD_EVERY {
            return Ok(());
        }
        let session = Session { received: *received, hashes: hashes.clone(), ..self.session.clone() };
        self.land().await?;
        self.store(session, Bytes::new(), None).await
    }

    pub(super) async fn record(mut self: Box<Self>) -> Result<u64, BlobError> {
        match self.record_all().await {
            Ok(()) => Ok(self.session.received),
            Err(error) => {
                self.leave().await;
                Err(error)
            }
        }
    }

    async fn record_all(&mut self) -> Result<(), BlobError> {
        if self.session.received == self.recorded {
            self.leave().await;
            return Ok(());
        }
        if self.buffered >= MIN_PART {
            self.send().await?;
        }
        self.land().await?;
        let tail = self.buffer.concat().into();
        self.store(self.session.clone(), tail, Some(self.turn.left(false))).await?;
        self.left = true;
        Ok(())
    }

    /// Records how far the session has come, and how the turn goes on if it changes.
    pub(super) async fn store(
        &mut self,
        session: Session,
        tail: Bytes,
        turn: Option<Turn>,
    ) -> Result<(), BlobError> {
        let expires = self.blobs.clock.now().after(self.blobs.upload_expiry);
        let (before, hold, parts) = (self.recorded, Arc::clone(&self.turn), self.sent.clone());
        let (received, has_tail) = (session.received, !tail.is_empty());
        let new_tail = has_tail || self.has_tail;
        self.blobs
            .db
            .write(async move |tx: &Tx| {
                let writer = Some(hold.writer());
                if !store::uploads::advance(&**tx, &session, before, writer, expires).await? {
                    return Err(BlobError::UnknownUpload);
                }
                store::turns::insert_parts(&**tx, session.id, &parts).await?;
                if new_tail {
                    store::turns::set_tail(&**tx, session.id, &tail).await?;
                }
                if let Some(turn) = &turn {
                    store::turns::pass(&**tx, session.id, writer, turn).await?;
                }
                Ok(())
            })
            .await?;
        self.recorded = received;
        self.has_tail = has_tail;
        self.sent.clear();
        self.boundary = None;
        self.unrecorded = false;
        Ok(())
    }

    /// Passes the turn on. What was sent and is in no row is told of, so that the next writer is careful.
    pub(super) async fn leave(&mut self) {
        if let Some(leaving) = self.leaving() {
            leaving.await;
        }
    }

    fn leaving(&mut self) -> Option<impl Future<Output = ()> + Send + 'static> {
        if std::mem::replace(&mut self.left, true) {
            return None;
        }
        let parts = std::mem::take(&mut self.in_flight);
        let (blobs, turn) = (self.blobs.clone(), Arc::clone(&self.turn));
        let (session, sealed) = (Session { received: self.recorded, ..self.session.clone() }, self.sealed);
        let completed = self.completed;
        let left = Turn { sealed, ..turn.left(self.unrecorded) };
        Some(async move {
            for part in parts {
                // Whether it got there or not: it is not on its way any more.
                let _ = part.await;
            }
            let (id, writer) = (session.id, Some(turn.writer()));
            let object = session.object;
            let passed = blobs
                .db
                .write(async move |tx: &Tx| {
                    if completed {
                        store::objects::set_multipart(&**tx, object, None).await?;
                    }
                    store::turns::pass(&**tx, id, writer, &left).await
                })
                .await;
            let outcome = match passed {
                Ok(true) if sealed => blobs.cancel(&session).await,
                Ok(_) => Ok(()),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, "an upload's turn was not passed on: it will lapse");
            }
        })
    }
}

/// The request went away, or failed.
impl Drop for BucketWriter {
    fn drop(&mut self) {
        if let Some(leaving) = self.leaving() {
            self.bucket.runtime().spawn(leaving);
        }
    }
}
