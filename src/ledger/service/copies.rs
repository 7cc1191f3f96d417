//! Copies of checkpoints in a second place, which is in other hands than database and storage: there it is seen when both
//! were put back to an earlier moment together. Nothing waits for it: a checkpoint is published first.

use std::future::pending;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::backoff::Backoff;
use super::log::Ledger;
use crate::blobs::{Storage, StorageUrl};
use crate::db::Tx;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{Checkpoint, CheckpointError, Proof, SignedNote, VerifierKey};
use crate::ledger::store::{copied, cosigned, head};

/// The folder in the second place.
const FOLDER: &str = "checkpoints";
/// How often one is copied at most, so that a busy log does not fill the place.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a start waits for the place, and a stop.
const PATIENCE: Duration = Duration::from_secs(10);
/// What to do when the copies tell of more.
const ADVICE: &str = "The copies of its checkpoints (`ledger.checkpoint_copy`) tell of it, the storage does not: both were put \
                      back. Stop this server and put the newest database and storage back.";

impl Ledger {
    /// Compares the head with the copies; freezes the database if it must not go on, and says why. Returns whether it
    /// may: a place that does not answer says nothing, and is compared once it does.
    pub async fn copies_agree(&self) -> bool {
        let Some(mut copies) = Copies::of(self) else { return true };
        match timeout(PATIENCE, copies.prepare()).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) if self.freeze_for(&error, ADVICE) => false,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the copies of the ledger's checkpoints can't be read");
                true
            }
            Err(_) => {
                tracing::warn!(
                    "the copies of the ledger's checkpoints could not be read within {PATIENCE:?}"
                );
                true
            }
        }
    }
}

/// The second place, as the leader sees it.
pub(super) struct Copies {
    ledger: Ledger,
    url: StorageUrl,
    /// Its URL, as the database remembers it.
    name: String,
    /// Once it was opened and compared.
    place: Option<Storage>,
    /// The size of the newest copy.
    size: u64,
    /// The newest copy that this process made.
    last: String,
    backoff: Backoff,
}

impl Copies {
    /// Those of the settings; none when there is no second place.
    fn of(ledger: &Ledger) -> Option<Self> {
        let url = ledger.settings.checkpoint_copy.clone()?;
        let (ledger, name, backoff) = (ledger.clone(), url.to_string(), Backoff::default());
        Some(Self { ledger, url, name, place: None, size: 0, last: String::new(), backoff })
    }

    /// Copies each newer checkpoint, or the newest of some, for as long as it is polled. Returns only when the database was
    /// frozen for what the copies tell.
    pub async fn follow(ledger: Ledger) -> LedgerError {
        match Self::of(&ledger) {
            Some(copies) => copies.run().await,
            None => pending().await,
        }
    }

    /// Copies the last checkpoint, when all else has stopped.
    pub async fn finish(ledger: Ledger) {
        let Some(mut copies) = Self::of(&ledger) else { return };
        match timeout(PATIENCE, copies.turn()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last checkpoint was not copied"),
            Err(_) => tracing::warn!("the last checkpoint was not copied within {PATIENCE:?}"),
        }
    }

    async fn run(mut self) -> LedgerError {
        let mut tick = interval(PAUSE);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            match self.turn().await {
                Ok(()) => {
                    if self.backoff.succeeded() {
                        tracing::info!("the ledger's checkpoints are copied again");
                    }
                }
                Err(error) if self.ledger.freeze_for(&error, ADVICE) => return error,
                Err(error) => {
                    count("failed");
                    // What is there now may be something else once it answers again.
                    self.place = None;
                    let (wait, is_first) = self.backoff.failed();
                    if is_first {
                        tracing::warn!(%error, "the ledger's checkpoints are not copied");
                    }
                    sleep(wait).await;
                }
            }
        }
    }

    /// Copies the newest checkpoint unless that is done.
    async fn turn(&mut self) -> Result<(), LedgerError> {
        let place = self.prepare().await?;
        let Some((size, note)) = self.next().await? else { return Ok(()) };
        place.put(&key(size), Bytes::from(note.clone())).await?;
        count("copied");
        metrics::gauge!("waybill_ledger_copied_size").set(size as f64);
        if size != self.size {
            let name = self.name.clone();
            self.ledger.db.keep_books(async move |tx: &Tx| copied::keep(&**tx, &name, size).await).await?;
        }
        (self.size, self.last) = (size, note);
        Ok(())
    }

    /// Opens the place, and compares what it holds before anything is put there.
    async fn prepare(&mut self) -> Result<Storage, LedgerError> {
        if let Some(place) = &self.place {
            return Ok(place.clone());
        }
        let place = Storage::open_bare(&self.url).await?;
        self.size = self.compare(&place).await?;
        self.place = Some(place.clone());
        Ok(place)
    }

    /// Compares the log with the copies from the last one on that its database knows of: those before it were compared when
    /// it was made. Returns its size.
    async fn compare(&self, place: &Storage) -> Result<u64, LedgerError> {
        let ledger = &self.ledger;
        let known = copied::size(ledger.db.read(), &self.name).await?;
        let head = head_size(ledger).await?;
        let (mut found, mut newest, mut doubt) = (known == 0, None, None);
        let mut after = Some(key(known.saturating_sub(1)));
        while let Some(from) = after {
            let page = place.list(FOLDER, Some(&from)).await?;
            for (size, name) in page.objects.into_iter().filter_map(|it| Some((size_of(&it.key)?, it.key))) {
                if size > head {
                    match demand_same(ledger, place, &name).await {
                        // It must not hide another.
                        Err(error @ LedgerError::Copy { .. }) => doubt = Some(error),
                        outcome => outcome?,
                    }
                }
                found |= size == known;
                newest = Some(name);
            }
            after = page.next;
        }
        if let Some(newest) = newest {
            demand_same(ledger, place, &newest).await?;
        }
        if !found {
            // An empty folder is what is left of a disk that is not mounted.
            return Err(LedgerError::CopyGone { name: key(known), place: self.name.clone() });
        }
        doubt.map_or(Ok(known), Err)
    }

    /// What to copy: a newer checkpoint with cosignatures, else the published one, which may have got some.
    async fn next(&self) -> Result<Option<(u64, String)>, LedgerError> {
        let published = self.ledger.published().await?;
        let cosigned = cosigned::find(self.ledger.db.read()).await?;
        let (size, note) = match cosigned {
            Some(cosigned) if cosigned.size > self.size => (cosigned.size, cosigned.checkpoint),
            _ => (published.size, published.checkpoint),
        };
        let is_new = size > self.size || size == self.size && note != self.last;
        Ok((is_new && size > 0).then_some((size, note)))
    }
}

fn count(result: &'static str) {
    metrics::counter!("waybill_ledger_checkpoint_copies_total", "result" => result).increment(1);
}

fn key(size: u64) -> String {
    format!("{FOLDER}/{size:020}")
}

/// The size of the checkpoint that a name stands for, if it is one of ours.
fn size_of(name: &str) -> Option<u64> {
    let digits = name.strip_prefix(FOLDER)?.strip_prefix('/')?;
    digits.parse().ok().filter(|size| key(*size) == name)
}

async fn head_size(ledger: &Ledger) -> Result<u64, LedgerError> {
    Ok(head::find(ledger.db.read()).await?.map_or(0, |head| head.size))
}

/// Demands that a copy is of this log's tree.
async fn demand_same(ledger: &Ledger, place: &Storage, name: &str) -> Result<(), LedgerError> {
    // The copy first: what is published meanwhile is then in both.
    let Some(bytes) = place.get(name).await? else { return Ok(()) };
    let head = head::find(ledger.db.read()).await?;
    let keys = match head {
        Some(_) => ledger.key_history().await?.into_iter().map(|key| key.verifier).collect(),
        None => Vec::new(),
    };
    let copy = read(&bytes, &keys).map_err(|cause| LedgerError::Copy { name: name.to_owned(), cause })?;
    let size = head.as_ref().map_or(0, |head| head.size);
    if copy.size > size {
        return Err(LedgerError::RolledBack { head: size, published: copy.size });
    }
    if ledger.prove(Proof::Root { size: copy.size }).await? != [copy.root] {
        return Err(LedgerError::Forked { size: copy.size });
    }
    Ok(())
}

/// Reads a copy. Whoever can write there must not stop the log by what somebody else, or nobody, signed; only a database
/// that knows of no key at all takes any for its own.
fn read(bytes: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, CheckpointError> {
    let note: SignedNote = String::from_utf8_lossy(bytes).parse()?;
    if keys.is_empty() { Checkpoint::parse(note.text()) } else { Checkpoint::open(&note, keys) }
}
