//! The server's parsers, compiled alone: fuzzing them needs neither its database nor its web framework.

#[path = "../../src/types/mod.rs"]
pub mod types;

#[path = "../../src/registry/model/known_keys.rs"]
mod known_keys;
#[path = "../../src/registry/model/manifest.rs"]
pub mod manifest;

#[path = "../../src/ledger/model/checkpoint.rs"]
pub mod checkpoint;
#[path = "../../src/ledger/model/export.rs"]
pub mod export;
#[path = "../../src/ledger/model/log_origin.rs"]
mod log_origin;
#[path = "../../src/ledger/model/note.rs"]
pub mod note;
#[path = "../../src/ledger/model/receipt.rs"]
pub mod receipt;
#[path = "../../src/ledger/model/tile_path.rs"]
pub mod tile_path;

pub mod releases;
pub mod trust;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use log_origin::LogOrigin;
pub use note::{NoteError, SignedNote, VerifierKey};
