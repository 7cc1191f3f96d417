//! Which digest is which object, written into the storage itself in batches, so that the storage can rebuild the
//! database (design, rule 3). A batch that is written again after a crash says the same again.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::error::BlobError;
use super::service::Blobs;
use super::store;
use crate::db::{Db, DbError, Tx};
use crate::types::{Digest, ObjectKey, Timestamp};

/// How many blobs make a batch.
const BATCH: u64 = 1000;

/// A line of the inventory: a blob.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InventoryLine {
    /// Order of the inventory. A text, for it may pass 2^53.
    seq: String,
    digest: Digest,
    /// Bytes.
    size: String,
    object: ObjectKey,
    /// When it was finished; lines of old do not say.
    at_us: Option<Timestamp>,
}

impl InventoryLine {
    /// Reads a batch.
    ///
    /// # Errors
    /// Says which line is none.
    pub fn read_batch(lines: &[u8]) -> Result<Vec<Self>, String> {
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate();
        let read =
            |(at, line)| serde_json::from_slice(line).map_err(|error| format!("line {}: {error}", at + 1));
        lines.map(read).collect()
    }

    /// The blob.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl Blobs {
    /// Writes a batch of the blobs that the inventory does not name yet; says whether there may be more.
    ///
    /// # Errors
    /// When the database or the storage fails; the batch is written again then.
    pub async fn write_inventory(&self) -> Result<bool, BlobError> {
        let rows = store::blobs::not_inventoried(self.db.read(), BATCH).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else { return Ok(false) };
        let (first, last) = (first.seq, last.seq);
        let mut lines = Vec::new();
        for row in &rows {
            let line = InventoryLine {
                seq: row.seq.to_string(),
                digest: row.digest.parse().map_err(|_| DbError::corrupt("blob.digest", &row.digest))?,
                size: row.size.to_string(),
                object: row.object_id.into(),
                at_us: Some(Timestamp::from_micros(row.created_at_us)),
            };
            serde_json::to_writer(&mut lines, &line).map_err(|error| DbError::corrupt("blob", error))?;
            lines.push(b'\n');
        }
        self.storage.put_inventory(first, last, Bytes::from(lines)).await?;
        let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
        self.db.keep_books(async move |tx: &Tx| store::blobs::mark_inventoried(&**tx, &seqs).await).await?;
        Ok(rows.len() as u64 == BATCH)
    }

    /// Makes a line of the inventory a blob again, unless its digest is one; says whether it did. A session that was
    /// still open when the database was copied, and had come to this blob since, is ended: else the sweep of expired
    /// sessions would take the blob's bytes.
    ///
    /// # Errors
    /// When the database does not answer, or the line is nonsense.
    pub async fn put_back(tx: &Tx, line: &InventoryLine) -> Result<bool, DbError> {
        let bad = |text: &String| DbError::corrupt("inventory", text);
        let seq: i64 = line.seq.parse().map_err(|_| bad(&line.seq))?;
        let size: u64 = line.size.parse().map_err(|_| bad(&line.size))?;
        if store::blobs::find(&**tx, &line.digest).await?.is_some() {
            return Ok(false);
        }
        let at = line.at_us.unwrap_or_else(|| made_at(line.object));
        store::objects::put_back(&**tx, line.object, made_at(line.object)).await?;
        store::blobs::put_back(&**tx, seq, &line.digest, line.object, size, at).await?;
        Ok(true)
    }

    /// The last number that the database knows the inventory to name; 0 when there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn inventory_position(db: &Db) -> Result<i64, DbError> {
        store::blobs::position(db.read()).await
    }

    /// Notes that the inventory, all of which was put back, goes as far as `seq`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn note_inventory(tx: &Tx, seq: i64) -> Result<(), DbError> {
        store::blobs::note_position(&**tx, seq).await
    }

    /// The first of these lines that names a blob which the database does not know; none when it knows all.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn first_unknown(db: &Db, lines: Vec<InventoryLine>) -> Result<Option<InventoryLine>, DbError> {
        for line in lines {
            if store::blobs::find(db.read(), &line.digest).await?.is_none() {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Sees to it that the numbers of new blobs follow the last one, after some were put back.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn go_on(tx: &Tx) -> Result<(), DbError> {
        store::blobs::go_on(&**tx).await
    }
}

/// When an object's row was made, to the millisecond: its key tells.
fn made_at(object: ObjectKey) -> Timestamp {
    let (seconds, nanos) = object.uuid().get_timestamp().map_or((0, 0), |at| at.to_unix());
    Timestamp::from_micros(i64::try_from(seconds * 1_000_000 + u64::from(nanos) / 1000).unwrap_or(0))
}
