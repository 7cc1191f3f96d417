//! An exported log: a file, read once from its beginning to its end, and judged by all processors.

mod judge;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

use super::{Leaves, Log, Progress, Shown, VerifyError};
use crate::ledger::model::{
    Checkpoint, EXPORT_FORMAT, ExportEnd, ExportHeader, SignedNote, VerifierKey, WholeTree,
};
use judge::{Judge, Judged};

/// Bytes that are read and judged at once, and how many such blocks may wait.
const BLOCK: u64 = 4 << 20;
const WAITING: usize = 8;
/// Longest line that is read, in bytes: an entry of 64 KiB of which each byte is escaped, and its receipt.
const LONGEST_LINE: usize = 1 << 20;

/// An exported log.
pub struct ExportFile {
    path: PathBuf,
    begun: Option<Begun>,
}

/// What is known behind the first line.
struct Begun {
    rest: BufReader<File>,
    hash: Sha256,
    note: SignedNote,
}

/// Lines of entries, and the index of the first.
type Block = (u64, Arc<Vec<u8>>);

impl ExportFile {
    /// In a file.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), begun: None }
    }

    fn failed(&self, cause: io::Error) -> VerifyError {
        VerifyError::File { path: self.path.clone(), cause }
    }

    /// Has the blocks judged as they are read; returns what was found, in the order of the file, and its digest.
    fn judge_all(
        &self,
        mut lines: Lines,
        hash: Sha256,
        judge: &Judge<'_>,
        progress: Progress<'_>,
    ) -> Result<(Vec<Judged>, Vec<u8>, String), VerifyError> {
        thread::scope(|scope| {
            let (to_hash, hashed) = sync_channel::<Arc<Vec<u8>>>(WAITING);
            let hasher = scope.spawn(move || hash_all(hash, &hashed));
            let (to_judge, waiting) = sync_channel::<Block>(WAITING);
            let waiting = Arc::new(Mutex::new(waiting));
            let (found, judged) = channel();
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                let (waiting, found) = (Arc::clone(&waiting), found.clone());
                scope.spawn(move || judge_blocks(judge, &waiting, &found));
            }
            drop((found, waiting));
            let mut all = Vec::new();
            let mut done = 0;
            let mut tell = |judged: &Judged| {
                done += judged.hashes.len() as u64;
                progress(done, judge.checkpoint.size.max(done));
            };
            while let Some(block) = lines.next().map_err(|error| error.told(self))? {
                // Both are there until their channels are closed.
                let _ = to_hash.send(Arc::clone(&block.1));
                let _ = to_judge.send(block);
                all.extend(judged.try_iter().inspect(&mut tell));
                if all.iter().any(|judged: &Judged| judged.failure.is_some()) {
                    break;
                }
            }
            drop((to_hash, to_judge));
            all.extend(judged.iter().inspect(&mut tell));
            all.sort_by_key(|judged| judged.first);
            let digest = hasher.join().map_err(|_| self.failed(io::ErrorKind::Other.into()))?;
            Ok((all, lines.pending, digest))
        })
    }
}

#[async_trait]
impl Log for ExportFile {
    async fn shown(&mut self) -> Result<Shown, VerifyError> {
        let file = File::open(&self.path).map_err(|cause| self.failed(cause))?;
        let mut rest = BufReader::new(file);
        let mut line = Vec::new();
        let read = (&mut rest).take(LONGEST_LINE as u64).read_until(b'\n', &mut line);
        read.map_err(|cause| self.failed(cause))?;
        let bad = |why: String| VerifyError::BadExport(format!("line 1: {why}"));
        let header: ExportHeader<'_> =
            serde_json::from_slice(&line).map_err(|error| bad(format!("it is no export ({error})")))?;
        if header.format != EXPORT_FORMAT {
            return Err(bad(format!("it has the form '{}', not '{EXPORT_FORMAT}'", header.format)));
        }
        let checkpoint: SignedNote = header.checkpoint.parse().map_err(|error| bad(format!("{error}")))?;
        let keys = header.keys.iter().map(|key| key.parse()).collect::<Result<_, _>>();
        let keys = keys.map_err(|error| bad(format!("{error}")))?;
        let hash = Sha256::new().chain_update(&line);
        self.begun = Some(Begun { rest, hash, note: checkpoint.clone() });
        Ok(Shown { checkpoint, keys })
    }

    async fn leaves(
        &mut self,
        checkpoint: &Checkpoint,
        progress: Progress<'_>,
    ) -> Result<Leaves, VerifyError> {
        let Some(Begun { rest, hash, note }) = self.begun.take() else {
            return Err(VerifyError::BadExport("it was read before".to_owned()));
        };
        let text = note.to_string();
        let judge = Judge { checkpoint, note: &note, text: &text };
        let lines = Lines { rest, pending: Vec::new(), index: 0 };
        let (judged, last, digest) = self.judge_all(lines, hash, &judge, progress)?;
        let mut leaves = Leaves { recomputed: true, ..Leaves::default() };
        for judged in judged {
            leaves.hashes.extend(judged.hashes);
            leaves.announced.extend(judged.announced);
            if let Some(failure) = judged.failure {
                return Err(failure);
            }
        }
        check_end(&last, &digest, leaves.hashes.len() as u64, checkpoint)?;
        Ok(leaves)
    }

    /// It holds nothing else.
    async fn compare(&mut self, _: &WholeTree, _: &Checkpoint, _: &[VerifierKey]) -> Result<(), VerifyError> {
        Ok(())
    }
}

/// The lines of entries, in blocks; the last line of the file is left over.
struct Lines {
    rest: BufReader<File>,
    pending: Vec<u8>,
    index: u64,
}

/// Why no more lines come.
enum Broken {
    System(io::Error),
    TooLong(u64),
}

impl Broken {
    fn told(self, of: &ExportFile) -> VerifyError {
        match self {
            Self::System(cause) => of.failed(cause),
            Self::TooLong(index) => VerifyError::entry(index, "its line has more than 1 MiB"),
        }
    }
}

impl Lines {
    /// Whole lines that are followed by another one; none at the end.
    fn next(&mut self) -> Result<Option<Block>, Broken> {
        loop {
            let read = (&mut self.rest).take(BLOCK).read_to_end(&mut self.pending).map_err(Broken::System)?;
            let newline = |bytes: &[u8]| bytes.iter().rposition(|byte| *byte == b'\n');
            let last = newline(&self.pending);
            if let Some(end) = last.and_then(|last| newline(&self.pending[..last])) {
                let rest = self.pending.split_off(end + 1);
                let block = std::mem::replace(&mut self.pending, rest);
                let first = self.index;
                self.index += block.iter().filter(|byte| **byte == b'\n').count() as u64;
                return Ok(Some((first, Arc::new(block))));
            }
            if read == 0 {
                return Ok(None);
            }
            if self.pending.len() > 2 * LONGEST_LINE {
                return Err(Broken::TooLong(self.index));
            }
        }
    }
}

fn hash_all(mut hash: Sha256, blocks: &Receiver<Arc<Vec<u8>>>) -> String {
    for block in blocks {
        hash.update(&*block);
    }
    hex::encode(hash.finalize())
}

fn judge_blocks(judge: &Judge<'_>, waiting: &Mutex<Receiver<Block>>, found: &Sender<Judged>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((first, block)) = next else { return };
        if found.send(judge.block(first, &block)).is_err() {
            return;
        }
    }
}

/// Whether the last line says what was read.
fn check_end(last: &[u8], digest: &str, entries: u64, checkpoint: &Checkpoint) -> Result<(), VerifyError> {
    let bad = |why: String| Err(VerifyError::BadExport(why));
    let end: Option<ExportEnd<'_>> =
        last.strip_suffix(b"\n").and_then(|line| serde_json::from_slice(line).ok());
    let Some(end) = end else { return bad(format!("the file is cut off behind {entries} entries")) };
    if end.entries != entries.to_string() || entries != checkpoint.size {
        let (told, size) = (&end.entries, checkpoint.size);
        return bad(format!(
            "it holds {entries} entries, its last line says {told} and its checkpoint {size}"
        ));
    }
    if end.sha256 == digest { Ok(()) } else { bad("its lines are not those that were written".to_owned()) }
}
