//! Adding entries to the log. All of a batch is derived from what the database holds, so one that was cut off anywhere is made
//! again, the same.

use serde::Deserialize;
use tlog_tiles::Hash;

use crate::db::{Db, Tx};
use crate::ledger::error::LedgerError;
use crate::ledger::model::{Checkpoint, Grown, Tiles, grow, leaf_hash};
use crate::ledger::store::entries::{NewEntry, Waiting};
use crate::ledger::store::head::Head;
use crate::ledger::store::{entries, head, tiles};

/// Most entries that are added in one transaction.
pub(super) const MAX: u64 = 1024;

/// What a batch will make of the log.
pub(super) struct Batch {
    old: Head,
    last_seq: i64,
    entries: Vec<NewEntry>,
    grown: Grown,
}

impl Batch {
    /// Derives the next batch from events behind those of `old`; none for no events.
    pub async fn derive(db: &Db, old: &Head, events: Vec<Waiting>) -> Result<Option<Self>, LedgerError> {
        let Some(last_seq) = events.last().map(|event| event.seq) else { return Ok(None) };
        let hashes: Vec<Hash> = events.iter().map(|event| leaf_hash(&event.leaf)).collect();
        let mut edge = Tiles::default();
        for (level, index, hashes) in tiles::edge(db.read()).await? {
            edge.add(level, index, hashes);
        }
        let grown = grow(old.size, &edge, &hashes)?;
        let entries = events.into_iter().zip(hashes).zip(old.size..);
        let entries = entries.map(|((event, hash), index)| entry(index, &event, hash)).collect();
        Ok(Some(Self { old: old.clone(), last_seq, entries, grown }))
    }

    /// How many entries it adds.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// The tree head with it.
    pub fn checkpoint(&self) -> Checkpoint {
        let (size, root) = (self.grown.size, self.grown.root);
        Checkpoint { origin: self.old.origin.clone(), size, root }
    }

    /// The commit point: all of it, if nobody went on meanwhile. Returns the new head, under this signed note.
    ///
    /// # Errors
    /// `Superseded`.
    pub async fn commit(self, db: &Db, checkpoint: String) -> Result<Head, LedgerError> {
        let Self { old, last_seq, entries, grown } = self;
        let new = Head { size: grown.size, root: grown.root, last_seq, checkpoint, ..old.clone() };
        let head = new.clone();
        let change = async move |tx: &Tx| {
            if !head::advance(&**tx, &old, &new).await? {
                return Err(LedgerError::Superseded);
            }
            entries::add(&**tx, &entries).await?;
            Ok(tiles::keep(&**tx, &grown.tiles).await?)
        };
        db.keep_books(change).await?;
        Ok(head)
    }
}

fn entry(index: u64, event: &Waiting, hash: Hash) -> NewEntry {
    NewEntry { index, seq: event.seq, at_us: event.at_us, hash, digests: digests(&event.leaf) }
}

/// The digests by which an entry is found: those of its subjects, and a manifest's other name. A kind of tomorrow, which a
/// newer replica recorded, may name none that this version sees.
pub fn digests(leaf: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Leaf {
        subjects: Vec<Subject>,
        data: Data,
    }
    #[derive(Deserialize)]
    struct Subject {
        digest: String,
    }
    #[derive(Deserialize)]
    struct Data {
        sha512: Option<String>,
    }
    let Ok(leaf) = serde_json::from_slice::<Leaf>(leaf) else { return Vec::new() };
    leaf.subjects.into_iter().map(|subject| subject.digest).chain(leaf.data.sha512).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_found_by_both_its_names() {
        let leaf = br#"{"v":1,"subjects":[{"repository":"a/b","digest":"sha256:aa"}],"data":{"sha512":"sha512:bb"}}"#;
        assert_eq!(digests(leaf), ["sha256:aa", "sha512:bb"]);
        assert!(digests(br#"{"subjects":[],"data":{}}"#).is_empty());
        assert!(digests(b"not json").is_empty());
    }
}
