//! Bytes: upload sessions, reads, and what is written beside the database so that the store can rebuild it.
//!
//! A blob is written once, to the key that it keeps; the key's row exists before its first byte, and what makes it a
//! blob is a row digest → key (design, rule 2). Who may see a blob is not decided here but in the registry room.

mod error;
mod hash;
mod inventory;
mod model;
mod receive;
mod service;
mod storage;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod uploads;
mod writer;

pub use error::BlobError;
pub use hash::HashState;
pub use inventory::InventoryLine;
pub use model::{BlobInfo, ObjectState, Progress, Session};
pub use service::{Blobs, manifest_object};
pub use storage::{ByteStream, ListedObject, ObjectPage, Storage, StorageUrl, StorageUrlError};
pub use sweep::{SweepGuard, SweepUploads};
pub use uploads::Finished;
