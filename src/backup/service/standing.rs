//! Comparing a database with the storage: one that was put back from an old copy must not change anything.

use std::collections::HashMap;

use async_trait::async_trait;

use crate::backup::error::BackupError;
use crate::backup::model::{BatchName, EVENTS, EventLine, INVENTORY, Standing};
use crate::backup::store::positions;
use crate::blobs::{Blobs, InventoryLine, Storage, SweepGuard};
use crate::db::Db;
use crate::ledger::Events;

/// Compares the database with the storage. Two requests to the storage, when nothing is amiss.
///
/// The storage is asked first and the database after it: what other replicas record and copy meanwhile is then in both.
///
/// # Errors
/// When one of them does not answer, or a batch can't be read.
pub async fn compare(db: &Db, storage: &Storage) -> Result<Standing, BackupError> {
    let position = positions::exported(db.read()).await?;
    let mut batches = batches(storage, EVENTS, &BatchName::before(position)).await?;
    // Another bucket, or a disk that is not mounted: what was pushed now would be missing later.
    if position > 0 && batches.is_empty() && !holds_any(storage, EVENTS).await? {
        return Ok(Standing::Elsewhere);
    }
    batches.retain(|batch| batch.last > position);
    let Some(stored) = batches.iter().map(|batch| batch.last).max() else {
        return compare_inventory(db, storage).await;
    };
    let events = Events::new(db.clone());
    let held = events.newest().await?;
    if stored > held {
        return Ok(Standing::Behind { stored, held });
    }
    // Left by a process that ended before it noted them; or by another history.
    for batch in batches {
        match sift(&events, read_batch(storage, batch).await?).await? {
            Sifted::Differs(seq) => return Ok(Standing::Diverged { seq }),
            Sifted::Missing(lines) => {
                if let Some(line) = lines.first() {
                    return Ok(Standing::Lacks { seq: line.seq() });
                }
            }
        }
    }
    compare_inventory(db, storage).await
}

/// A blob may be in the inventory before the event that tells of it is in the storage: what the database takes for an
/// abandoned upload could be its bytes.
async fn compare_inventory(db: &Db, storage: &Storage) -> Result<Standing, BackupError> {
    let position = Blobs::inventory_position(db).await?;
    for batch in batches(storage, INVENTORY, &format!("{:020}", position + 1)).await? {
        let lines = read_inventory(storage, batch).await?;
        // A process may have ended before it noted the batch; then the database knows what it names.
        if let Some(line) = Blobs::first_unknown(db, lines).await? {
            return Ok(Standing::UnknownBlob { digest: line.digest().clone() });
        }
    }
    Ok(Standing::Current)
}

/// The blobs of a batch of the inventory.
pub(super) async fn read_inventory(
    storage: &Storage,
    batch: BatchName,
) -> Result<Vec<InventoryLine>, BackupError> {
    let name = format!("{INVENTORY}/{}", batch.name());
    let bad = |why: String| BackupError::BadBatch { name: name.clone(), why };
    let bytes = storage.get(&name).await?.ok_or_else(|| bad("it is gone".to_owned()))?;
    InventoryLine::read_batch(&bytes).map_err(bad)
}

/// The batches that tell of something behind `position`, in order.
pub(super) async fn batches_behind(storage: &Storage, position: i64) -> Result<Vec<BatchName>, BackupError> {
    let batches = batches(storage, EVENTS, &BatchName::before(position)).await?;
    Ok(batches.into_iter().filter(|batch| batch.last > position).collect())
}

/// Whether there is any batch in a folder. One page tells: nothing else is kept there.
async fn holds_any(storage: &Storage, folder: &str) -> Result<bool, BackupError> {
    Ok(!storage.list(folder, None).await?.objects.is_empty())
}

/// All batches in a folder that sort behind `after`, in order.
pub(super) async fn batches(
    storage: &Storage,
    folder: &str,
    after: &str,
) -> Result<Vec<BatchName>, BackupError> {
    let (mut batches, mut after) = (Vec::new(), format!("{folder}/{after}"));
    loop {
        let page = storage.list(folder, Some(&after)).await?;
        let names = page.objects.iter().filter_map(|object| object.key.rsplit('/').next());
        batches.extend(names.filter_map(BatchName::parse));
        match page.next {
            Some(next) => after = next,
            None => return Ok(batches),
        }
    }
}

/// The events of a batch.
pub(super) async fn read_batch(storage: &Storage, batch: BatchName) -> Result<Vec<EventLine>, BackupError> {
    let name = format!("{EVENTS}/{}", batch.name());
    let bad = |why: String| BackupError::BadBatch { name: name.clone(), why };
    let bytes = storage.get(&name).await?.ok_or_else(|| bad("it is gone".to_owned()))?;
    EventLine::read_batch(batch, &bytes).map_err(bad)
}

/// How the events of a batch stand to those of the database.
pub(super) enum Sifted {
    /// The database lacks these. Not only behind its last event: numbers are drawn before they are committed, so a copy of
    /// a PostgreSQL database may hold an event and not yet one before it.
    Missing(Vec<EventLine>),
    /// It holds another event at this place.
    Differs(i64),
}

/// Tells what the database lacks of a batch.
pub(super) async fn sift(events: &Events, lines: Vec<EventLine>) -> Result<Sifted, BackupError> {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
        return Ok(Sifted::Missing(Vec::new()));
    };
    let held = events.span(first.seq() - 1, last.seq(), u64::MAX >> 1).await?;
    let held: HashMap<i64, _> = held.into_iter().map(|(seq, id, leaf)| (seq, (id, leaf))).collect();
    let mut missing = Vec::new();
    for line in lines {
        match held.get(&line.seq()) {
            Some((id, leaf)) if *id == line.id && leaf.as_slice() == line.leaf.as_bytes() => {}
            Some(_) => return Ok(Sifted::Differs(line.seq())),
            None => missing.push(line),
        }
    }
    Ok(Sifted::Missing(missing))
}

/// Freezes the database once the storage turns out to be ahead of it.
pub struct Guard {
    db: Db,
    storage: Storage,
}

impl Guard {
    /// Of a database, by a storage.
    pub const fn new(db: Db, storage: Storage) -> Self {
        Self { db, storage }
    }

    /// Compares both; freezes the database and says why, once, if it is not current. Returns whether it may be changed.
    ///
    /// # Errors
    /// As [`compare`].
    pub async fn check(&self) -> Result<bool, BackupError> {
        if self.db.is_frozen() {
            return Ok(false);
        }
        let standing = compare(&self.db, &self.storage).await?;
        if standing == Standing::Current {
            return Ok(true);
        }
        self.db.freeze();
        let remedy = match standing {
            Standing::Elsewhere => "correct `storage_url` or mount the disk",
            _ => "run `waybill restore`",
        };
        tracing::error!(
            "{} From now on it is only read: nothing can be pushed, changed or swept. Stop this server and {remedy}.",
            told(standing)
        );
        Ok(false)
    }
}

fn told(standing: Standing) -> String {
    match standing {
        Standing::Behind { stored, held } => format!(
            "the database is older than the storage: its last event is {held}, the storage tells of {stored}."
        ),
        Standing::Elsewhere => {
            "the storage is empty, and the database has copied events into one: it is not the same."
                .to_owned()
        }
        Standing::Lacks { seq } => {
            format!("the database is older than the storage: it lacks the event {seq}.")
        }
        Standing::Diverged { seq } => {
            format!("the database and the storage hold different events {seq}: they are not of one history.")
        }
        Standing::UnknownBlob { digest } => {
            format!(
                "the database is older than the storage, which holds a blob {digest} that it does not know."
            )
        }
        Standing::Current => String::new(),
    }
}

#[async_trait]
impl SweepGuard for Guard {
    async fn may_remove(&self) -> Result<bool, String> {
        self.check().await.map_err(|error| error.to_string())
    }
}
