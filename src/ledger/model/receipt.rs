//! An entry's inclusion proof under a checkpoint (c2sp.org/tlog-proof): all that an outsider needs besides the entry's
//! bytes and the log's key.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;
use tlog_tiles::{Hash, check_record};

use super::checkpoint::parse_size;
use super::{Checkpoint, CheckpointError, NoteError, SignedNote, VerifierKey};

/// The first line.
const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Most hashes in a proof: the height of a tree with 64-bit sizes.
const MAX_HASHES: usize = 63;

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReceiptError {
    /// Not the form of one.
    #[error("it is no receipt: {0}")]
    Malformed(&'static str),
    /// Its checkpoint is no signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// Its checkpoint is of no use.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The hashes do not lead from the entry to the root.
    #[error("the entry is not the one at index {index} in the tree of {size} entries")]
    NotIncluded {
        /// Where it should be.
        index: u64,
        /// In a tree of this size.
        size: u64,
    },
}

/// A receipt.
#[derive(Debug, Clone, PartialEq)]
pub struct Receipt {
    /// The entry's index.
    pub index: u64,
    /// From the leaf's sibling up (RFC 6962, 2.1.1).
    pub hashes: Vec<Hash>,
    /// The signed tree head that they lead to.
    pub checkpoint: SignedNote,
}

impl Receipt {
    /// Checks that an entry with this leaf hash is in the log of these keys. Returns the checkpoint under which it is.
    ///
    /// # Errors
    /// `Checkpoint`, `NotIncluded`.
    pub fn verify(&self, leaf: Hash, keys: &[VerifierKey]) -> Result<Checkpoint, ReceiptError> {
        let checkpoint = Checkpoint::open(&self.checkpoint, keys)?;
        self.leads(leaf, &checkpoint)?;
        Ok(checkpoint)
    }

    /// Checks that its hashes lead from an entry with this leaf hash to the root of a checkpoint, whoever signed that.
    ///
    /// # Errors
    /// `NotIncluded`.
    pub fn leads(&self, leaf: Hash, to: &Checkpoint) -> Result<(), ReceiptError> {
        check_record(&self.hashes, to.size, to.root, self.index, leaf)
            .map_err(|_| ReceiptError::NotIncluded { index: self.index, size: to.size })
    }
}

impl Receipt {
    /// Reads what stands before the empty line and the checkpoint: the index, and the hashes.
    fn parse_proof(proof: &str) -> Result<(u64, Vec<Hash>), ReceiptError> {
        let bad = ReceiptError::Malformed;
        let mut lines = proof.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(bad("its first line is not 'c2sp.org/tlog-proof@v1'"));
        }
        // What an application adds means nothing to us.
        lines.next_if(|line| line.starts_with("extra "));
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_size);
        let index = index.ok_or(bad("it names no index"))?;
        let hashes = lines.map(Hash::parse_hash).collect::<Result<Vec<_>, _>>();
        let hashes = hashes.map_err(|_| bad("one of its lines is no hash"))?;
        if hashes.len() > MAX_HASHES {
            return Err(bad("it has too many hashes"));
        }
        Ok((index, hashes))
    }

    /// Reads one of many receipts under the same checkpoint, of which `text` is the text. None when this is under another.
    ///
    /// # Errors
    /// As when it is read by itself.
    pub fn parse_under(
        receipt: &str,
        checkpoint: &SignedNote,
        text: &str,
    ) -> Result<Option<Self>, ReceiptError> {
        match receipt.strip_suffix(text).and_then(|proof| proof.strip_suffix("\n\n")) {
            Some(proof) => {
                let (index, hashes) = Self::parse_proof(proof)?;
                Ok(Some(Self { index, hashes, checkpoint: checkpoint.clone() }))
            }
            None => receipt.parse::<Self>().map(|_| None),
        }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for Receipt {
    type Err = ReceiptError;

    fn from_str(text: &str) -> Result<Self, ReceiptError> {
        let bad = ReceiptError::Malformed;
        let (proof, checkpoint) =
            text.split_once("\n\n").ok_or(bad("there is no empty line before its checkpoint"))?;
        let (index, hashes) = Self::parse_proof(proof)?;
        Ok(Self { index, hashes, checkpoint: checkpoint.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "c2sp.org/tlog-proof@v1\nindex 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\
        a.test/log\n2\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n\u{2014} a.test/log AAAAAAA=\n";

    #[test]
    fn reads_what_it_writes() {
        let receipt: Receipt = TEXT.parse().unwrap();
        assert_eq!((receipt.index, receipt.hashes.len()), (1, 1));
        assert_eq!(receipt.to_string(), TEXT);
        let (note, text) = (&receipt.checkpoint, receipt.checkpoint.to_string());
        assert_eq!(Receipt::parse_under(TEXT, note, &text), Ok(Some(receipt.clone())));
        assert_eq!(Receipt::parse_under(&TEXT.replace("\n2\n", "\n3\n"), note, &text), Ok(None));
        assert!(Receipt::parse_under(&TEXT.replace("index 1\n", ""), note, &text).is_err());
        let extended = TEXT.replace("index", "extra AAAA\nindex");
        assert_eq!(extended.parse(), Ok(receipt));
    }

    #[test]
    fn refuses_what_is_none() {
        for text in [
            String::new(),
            TEXT.replace("@v1", "@v2"),
            TEXT.replace("index 1", "index 01"),
            TEXT.replace("index 1\n", ""),
            TEXT.replacen("AAA=", "AA", 1),
            TEXT.replacen(
                "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
                &format!("{}\n", Hash([0; 32])).repeat(64),
                1,
            ),
            TEXT.replace("\u{2014}", "-"),
        ] {
            assert!(text.parse::<Receipt>().is_err(), "{text}");
        }
    }
}
