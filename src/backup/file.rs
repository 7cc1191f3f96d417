//! The file of a backup: lines of JSON, the same for every database.
//!
//! The first line says what it is, `{"backup":{…}}`. Each table begins with `{"table":{…}}`, which names its columns,
//! goes on with an array a row, and ends with `{"end":{…}}`: how many rows, and the SHA-256 of their lines. The last line
//! is `{"closed":{…}}` with the SHA-256 of all lines before it. Files are read whole before anything of them is used.

mod reader;
mod writer;

use serde::{Deserialize, Serialize};

pub use reader::{Item, Reader};
pub use writer::Writer;

use crate::types::Timestamp;

/// The form that this version writes and reads.
const FORMAT: u32 = 1;

/// A line that is no row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    /// The first.
    Backup { format: u32, version: String, made_at_us: Timestamp },
    /// A table begins.
    Table { name: String, columns: Vec<String> },
    /// It ends.
    End { rows: u64, sha256: String },
    /// The last.
    Closed { tables: usize, rows: u64, last_event: String, sha256: String },
}
