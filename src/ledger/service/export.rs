//! Writing the whole log to a file that anybody can verify, with a receipt for each entry.

mod writer;

use std::path::Path;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::task::spawn_blocking;

use super::log::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::model::{Checkpoint, SignedNote, WholeTree, leaf_hash};
use crate::ledger::store::entries;

pub use writer::{ExportLines, ExportWriter, Exported};

/// Entries that are read and formed at once, and how many such spans are under way.
const SPAN: u64 = 2048;
const AT_ONCE: usize = 4;

impl Ledger {
    /// Writes all entries under the published checkpoint to a new file. Memory grows by 64 bytes an entry. `progress` is
    /// told how many entries are written, of how many.
    ///
    /// # Errors
    /// `Unpublished` before the first checkpoint; `Damaged` when what the database holds is not what was published;
    /// `Exists`; `File`; or when the database does not answer. No file is left then.
    pub async fn export(
        &self,
        to: &Path,
        progress: &(dyn Fn(u64, u64) + Sync),
    ) -> Result<Exported, LedgerError> {
        let published = self.published().await?;
        if published.checkpoint.is_empty() {
            return Err(LedgerError::Unpublished);
        }
        let note: Arc<SignedNote> = Arc::new(published.checkpoint.parse()?);
        let checkpoint = Checkpoint::parse(note.text())?;
        let keys: Vec<_> = self.key_history().await?.into_iter().map(|key| key.verifier).collect();
        let mut writer = ExportWriter::create(to, &note, &keys)?;
        let tree = Arc::new(self.tree_of_rows(&checkpoint).await?);
        let spans = stream::iter((0..checkpoint.size).step_by(SPAN as usize));
        let lines = spans.map(|first| self.lines(&tree, &note, first)).buffered(AT_ONCE);
        let mut lines = std::pin::pin!(lines);
        let mut done = 0;
        while let Some(lines) = lines.try_next().await? {
            writer.add(&lines)?;
            done = checkpoint.size.min(done + SPAN);
            progress(done, checkpoint.size);
        }
        writer.close()
    }

    /// The tree that a checkpoint is of, from the hashes in the database.
    async fn tree_of_rows(&self, checkpoint: &Checkpoint) -> Result<WholeTree, LedgerError> {
        let mut hashes = Vec::new();
        while (hashes.len() as u64) < checkpoint.size {
            let first = hashes.len() as u64;
            let more = entries::hashes(self.db.read(), first, SPAN.min(checkpoint.size - first)).await?;
            if more.is_empty() {
                return Err(LedgerError::Damaged(format!("index {first}: it is missing in the database")));
            }
            hashes.extend(more);
        }
        let tree = WholeTree::new(hashes);
        if tree.root(checkpoint.size)? != checkpoint.root {
            let why = "the hashes in the table ledger_entry do not make the published tree";
            return Err(LedgerError::Damaged(why.to_owned()));
        }
        Ok(tree)
    }

    async fn lines(
        &self,
        tree: &Arc<WholeTree>,
        note: &Arc<SignedNote>,
        first: u64,
    ) -> Result<ExportLines, LedgerError> {
        let wanted = SPAN.min(tree.size() - first);
        let leaves = entries::leaves(self.db.read(), first, wanted).await?;
        let (tree, note) = (Arc::clone(tree), Arc::clone(note));
        let formed = spawn_blocking(move || {
            let damaged = |index| LedgerError::Damaged(format!("index {index}: its bytes were changed"));
            if let Some((index, _)) =
                (first..).zip(&leaves).find(|(index, leaf)| tree.leaf(*index) != Some(leaf_hash(leaf)))
            {
                return Err(damaged(index));
            }
            if leaves.len() as u64 != wanted {
                return Err(damaged(first + leaves.len() as u64));
            }
            Ok(ExportLines::of(&tree, &note, first, &leaves)?)
        });
        formed.await.map_err(|error| LedgerError::Damaged(error.to_string()))?
    }
}
