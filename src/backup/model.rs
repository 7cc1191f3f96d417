//! Batches of events and their names, and what backup and restore report.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::types::{Digest, EventId};

/// Where batches of events are in the storage.
pub const EVENTS: &str = "events";
/// Where batches of the inventory are.
pub const INVENTORY: &str = "inventory";
/// Most events in a batch. A batch is never longer, so one that holds an event begins at most so far before it.
pub const BATCH: i64 = 500;

/// The name of a batch, `<first>-<last>-<uuid>.ndjson`: from which to which sequence number it tells, both padded, so
/// that names sort as numbers do. The id keeps a second batch of the same numbers from replacing the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchName {
    /// The number behind the last of the batch before.
    pub first: i64,
    /// The last that it tells of; some before it may never have come to be.
    pub last: i64,
    id: Uuid,
}

impl BatchName {
    /// A name that was never used.
    pub fn new(first: i64, last: i64) -> Self {
        Self { first, last, id: Uuid::now_v7() }
    }

    /// Reads a name; none for what is no batch.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".ndjson")?.splitn(3, '-');
        let number = |text: &str| text.parse().ok().filter(|number| *number >= 0);
        let (first, last) = (number(parts.next()?)?, number(parts.next()?)?);
        let id = parts.next()?.parse().ok()?;
        (first <= last).then_some(Self { first, last, id })
    }

    /// The name, without its folder.
    pub fn name(&self) -> String {
        format!("{:020}-{:020}-{}.ndjson", self.first, self.last, self.id)
    }

    /// What sorts before every batch that tells of something behind `seq`.
    pub fn before(seq: i64) -> String {
        format!("{:020}", (seq + 1 - BATCH).max(0))
    }
}

/// A line of a batch of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// A text, for it may pass 2^53.
    seq: String,
    /// Opaque id; the leaf has it too.
    pub id: EventId,
    /// The leaf's exact bytes, as a text: whatever reads and writes this line again, they stay what was hashed.
    pub leaf: String,
}

impl EventLine {
    /// Of an event.
    pub fn new(seq: i64, id: EventId, leaf: String) -> Self {
        Self { seq: seq.to_string(), id, leaf }
    }

    /// Its place in the order; 0 when it has none.
    pub fn seq(&self) -> i64 {
        self.seq.parse().unwrap_or(0)
    }

    /// Reads the events of a batch.
    ///
    /// # Errors
    /// Says what is wrong with which line: every one must be an event, in order, and within what the name says.
    pub fn read_batch(name: BatchName, lines: &[u8]) -> Result<Vec<Self>, String> {
        let mut read: Vec<Self> = Vec::new();
        if lines.last() != Some(&b'\n') {
            return Err("it is cut off".to_owned());
        }
        for (at, line) in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).enumerate() {
            let line: Self =
                serde_json::from_slice(line).map_err(|error| format!("line {}: {error}", at + 1))?;
            let after = read.last().map_or(name.first - 1, Self::seq);
            if line.seq() <= after || line.seq() > name.last {
                return Err(format!("line {}: the number {} does not belong there", at + 1, line.seq));
            }
            read.push(line);
        }
        match read.last() {
            Some(last) if last.seq() == name.last => Ok(read),
            // Of numbers that never came to be events.
            None if lines == b"\n" => Ok(read),
            _ => Err("its last events are missing".to_owned()),
        }
    }
}

/// How a database stands to the storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It holds all that the storage tells.
    Current,
    /// The storage tells of later events.
    Behind {
        /// The last event in the storage.
        stored: i64,
        /// The last event in the database.
        held: i64,
    },
    /// It lacks an event of the storage that is not behind its last one.
    Lacks {
        /// The first such event.
        seq: i64,
    },
    /// The storage names blobs that the database does not know.
    UnknownBlob {
        /// The first of them.
        digest: Digest,
    },
    /// The storage holds no event, though the database has copied some: it is another storage.
    Elsewhere,
    /// Both tell of different events at the same place.
    Diverged {
        /// The first such place.
        seq: i64,
    },
}

/// What is in a backup.
#[derive(Debug, Clone, Serialize)]
pub struct BackupReport {
    /// The file.
    pub file: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of all of it but its last line, where this stands too.
    pub sha256: String,
    /// Tables in it.
    pub tables: usize,
    /// Rows in it.
    pub rows: u64,
    /// The last event in it.
    pub last_event: i64,
}

/// What a restore did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct RestoreReport {
    /// Rows that came from the backup.
    pub rows_loaded: u64,
    /// Blobs that the inventory told of.
    pub blobs_added: u64,
    /// Events that the storage told of.
    pub events_replayed: u64,
    /// The last event that the database holds now.
    pub last_event: i64,
    /// Users who can't log in until an administrator sets a password.
    pub users_without_password: Vec<String>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(seq: i64) -> String {
        serde_json::to_string(&EventLine::new(seq, EventId::new(), "{\"a\":\"\\n\"}".to_owned())).unwrap()
            + "\n"
    }

    #[test]
    fn a_batch_must_be_whole() {
        let name = BatchName::new(4, 7);
        let batch = |seqs: &[i64]| seqs.iter().map(|seq| line(*seq)).collect::<String>();
        let read = |text: &str| EventLine::read_batch(name, text.as_bytes());
        assert_eq!(read(&batch(&[5, 7])).unwrap().len(), 2, "a number may never have come to be");
        assert!(read("\n").unwrap().is_empty(), "none of them may have come to be");
        for bad in
            [batch(&[]), batch(&[5]), batch(&[5, 5, 7]), batch(&[3, 7]), batch(&[7, 8]), "x\n".to_owned()]
        {
            assert!(read(&bad).is_err(), "{bad}");
        }
        assert!(read(batch(&[5, 7]).trim_end()).is_err());
    }

    #[test]
    fn names_that_are_none() {
        let id = Uuid::now_v7();
        for name in
            ["", ".probe", "1-2.ndjson", &format!("2-1-{id}.ndjson"), &format!("1-2-{id}"), "a-b-c.ndjson"]
        {
            assert_eq!(BatchName::parse(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn names_sort_as_numbers(first in 1i64..1_000_000_000_000, other in 1i64..1_000_000_000_000, more in 0i64..BATCH) {
            let (a, b) = (BatchName::new(first, first + more), BatchName::new(other, other + 1));
            prop_assert_eq!(BatchName::parse(&a.name()), Some(a));
            prop_assert_eq!(a.name() < b.name(), a < b);
            // Whatever of it is unknown, it is found.
            prop_assert!(BatchName::before(first + more - 1) < a.name());
        }
    }
}
