//! What can be verified.

use async_trait::async_trait;
use tlog_tiles::Hash;

use super::VerifyError;
use crate::ledger::model::{Checkpoint, SignedNote, VerifierKey, WholeTree};

/// Is told how many entries are done, of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// What a log shows of itself.
#[derive(Debug)]
pub struct Shown {
    /// Its newest checkpoint.
    pub checkpoint: SignedNote,
    /// Its keys, by its own word.
    pub keys: Vec<VerifierKey>,
}

/// The hashes of a log's entries, in their order.
#[derive(Debug, Default)]
pub struct Leaves {
    /// Not fewer than its checkpoint has.
    pub hashes: Vec<Hash>,
    /// Whether they were made of the entries' bytes, and not only read.
    pub recomputed: bool,
    /// Public keys of the log that its entries tell of.
    pub announced: Vec<[u8; 32]>,
}

/// A log, wherever it is.
#[async_trait]
pub trait Log: Send {
    /// What it shows of itself.
    ///
    /// # Errors
    /// When it can't be read.
    async fn shown(&mut self) -> Result<Shown, VerifyError>;

    /// Reads all entries under the checkpoint and compares each with the hash, or the receipt, that is there for it.
    ///
    /// # Errors
    /// `Entry` for the first that does not hold; or when it can't be read.
    async fn leaves(
        &mut self,
        checkpoint: &Checkpoint,
        progress: Progress<'_>,
    ) -> Result<Leaves, VerifyError>;

    /// Compares what else it holds with the tree that its entries make.
    ///
    /// # Errors
    /// What does not hold; or when it can't be read.
    async fn compare(
        &mut self,
        tree: &WholeTree,
        checkpoint: &Checkpoint,
        keys: &[VerifierKey],
    ) -> Result<(), VerifyError>;
}
