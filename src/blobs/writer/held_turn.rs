//! A turn that was taken, and is kept until it is passed on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::sleep;
use uuid::Uuid;

use crate::blobs::model::{Take, Turn};
use crate::blobs::service::Blobs;
use crate::blobs::storage::bucket::Bucket;
use crate::blobs::uploads::LATE;
use crate::blobs::{BlobError, Session, store};
use crate::db::Tx;
use crate::types::{ObjectKey, UploadId};

/// How long a turn lasts without a sign of life, and how often it is given.
const TURN: Duration = Duration::from_secs(15);
const RENEW: Duration = Duration::from_secs(5);

/// The turn of one request. It lapses some time after this is dropped, unless it is passed on before.
#[derive(Debug)]
pub struct HeldTurn {
    writer: Uuid,
    /// As it was stored.
    turn: Turn,
    lost: Arc<AtomicBool>,
    keeper: AbortHandle,
}

/// What a turn begins with.
pub struct Taken {
    pub held: Arc<HeldTurn>,
    /// As the row says now.
    pub session: Session,
    pub multipart: Option<String>,
    /// How many parts are there.
    pub parts: i32,
    /// The bytes behind them.
    pub tail: Vec<u8>,
}

/// What the taking change found.
enum Found {
    Yours { session: Box<Session>, turn: Turn, multipart: Option<String>, parts: i32, tail: Vec<u8> },
    Ended(Option<ObjectKey>),
}

impl HeldTurn {
    /// Takes the turn of a session.
    ///
    /// # Errors
    /// `Busy` while another request has it; `UnknownUpload` when the session has ended, or has to now.
    pub async fn take(blobs: &Blobs, bucket: &Bucket, session: &Session) -> Result<Taken, BlobError> {
        let (id, repository, account) = (session.id, session.repository, session.account);
        let (writer, now) = (Uuid::new_v4(), blobs.clock.now());
        let found = blobs
            .db
            .write(async move |tx: &Tx| {
                let found = store::turns::find(&**tx, id, repository, account, now).await?;
                let (mut session, before) = found.ok_or(BlobError::UnknownUpload)?;
                let multipart = store::objects::multipart(&**tx, session.object).await?;
                let (turn, fresh_object) =
                    match before.take(writer, now, now.after(TURN), multipart.is_some()) {
                        Take::Busy => return Err(BlobError::Busy),
                        Take::End => {
                            let doomed =
                                store::uploads::abandon(&**tx, id, session.received, now.after(LATE)).await?;
                            return Ok(Found::Ended(doomed));
                        }
                        Take::Yours { turn, fresh_object } => (turn, fresh_object),
                    };
                if !store::turns::pass(&**tx, id, before.writer, &turn).await? {
                    return Err(BlobError::Busy);
                }
                if fresh_object {
                    let fresh = ObjectKey::new();
                    store::objects::insert(&**tx, fresh, now).await?;
                    store::turns::set_object(&**tx, id, writer, fresh).await?;
                    store::objects::doom(&**tx, session.object, Some(now.after(LATE))).await?;
                    session.object = fresh;
                }
                let parts = store::turns::count_parts(&**tx, id).await?;
                let tail = store::turns::tail(&**tx, id).await?;
                Ok(Found::Yours { session: Box::new(session), turn, multipart, parts, tail })
            })
            .await?;
        match found {
            Found::Yours { session, turn, multipart, parts, tail } => {
                let lost = Arc::new(AtomicBool::new(false));
                let keeper = bucket.runtime().spawn(keep(blobs.clone(), id, writer, Arc::clone(&lost)));
                let held = Arc::new(Self { writer, turn, lost, keeper: keeper.abort_handle() });
                Ok(Taken { held, session: *session, multipart, parts, tail })
            }
            Found::Ended(doomed) => {
                if let Some(object) = doomed {
                    blobs.discard(object).await;
                }
                Err(BlobError::UnknownUpload)
            }
        }
    }

    /// Who has the turn.
    pub const fn writer(&self) -> Uuid {
        self.writer
    }

    /// Whether bytes that no row tells of may have been on their way when the turn was taken.
    pub const fn contested(&self) -> bool {
        self.turn.contested
    }

    /// Fails once the turn has gone to another, or the session has ended.
    ///
    /// # Errors
    /// `Busy`.
    pub fn demand(&self) -> Result<(), BlobError> {
        if self.lost.load(Ordering::Relaxed) { Err(BlobError::Busy) } else { Ok(()) }
    }

    /// The turn when nobody has it. `unrecorded` says whether bytes that no row tells of may be on their way.
    pub const fn left(&self, unrecorded: bool) -> Turn {
        Turn { writer: None, contested: self.turn.contested || unrecorded, ..self.turn }
    }

    /// The turn while parts are put together.
    pub const fn sealed(&self) -> Turn {
        Turn { sealed: true, ..self.turn }
    }
}

impl Drop for HeldTurn {
    fn drop(&mut self) {
        self.keeper.abort();
    }
}

/// Gives signs of life until the turn is lost.
async fn keep(blobs: Blobs, id: UploadId, writer: Uuid, lost: Arc<AtomicBool>) {
    loop {
        sleep(RENEW).await;
        let now = blobs.clock.now();
        let (until, expires) = (now.after(TURN), now.after(blobs.upload_expiry));
        let renewed = blobs
            .db
            .write(async move |tx: &Tx| store::turns::renew(&**tx, id, writer, until, expires).await)
            .await;
        match renewed {
            Ok(true) => {}
            Ok(false) => {
                lost.store(true, Ordering::Relaxed);
                return;
            }
            Err(error) => tracing::warn!(%error, "the turn of an upload was not renewed"),
        }
    }
}
