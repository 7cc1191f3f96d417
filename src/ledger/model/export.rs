//! The lines of an exported log: JSON, a line an entry, between a line that says under which checkpoint and one that says
//! that this was all.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What the first line begins with: the form that this version writes and reads.
pub const EXPORT_FORMAT: &str = "waybill-ledger-export/v1";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportHeader<'a> {
    /// [`EXPORT_FORMAT`].
    #[serde(borrow)]
    pub format: Cow<'a, str>,
    /// The signed note under which all receipts are.
    #[serde(borrow)]
    pub checkpoint: Cow<'a, str>,
    /// The verifier keys that the log ever had, the newest first.
    pub keys: Vec<String>,
}

/// An entry's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportedEntry<'a> {
    /// Decimal, from 0 on.
    #[serde(borrow)]
    pub index: Cow<'a, str>,
    /// The leaf's bytes.
    #[serde(borrow)]
    pub entry: Cow<'a, str>,
    /// The whole text of its receipt.
    #[serde(borrow)]
    pub receipt: Cow<'a, str>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportEnd<'a> {
    /// How many entries there are, in decimal.
    #[serde(borrow)]
    pub entries: Cow<'a, str>,
    /// SHA-256 of all lines before this one, in hex.
    #[serde(borrow)]
    pub sha256: Cow<'a, str>,
}
