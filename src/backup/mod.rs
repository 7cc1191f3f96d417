//! What keeps an installation alive when its database is lost: events copied into the storage, whole backups in one file,
//! and the way back from both.
//!
//! The storage alone tells enough to rebuild the database (design, rule 3): the inventory says which digest is which
//! object, manifests are objects, and batches of events tell all facts. A backup adds what no event may tell: names
//! and passwords of people, the personal data of events, wrapped keys. `waybill restore` loads the backup and does
//! again what the storage tells beyond it. A database that the storage is ahead of is frozen: it is read, never changed.

mod error;
mod file;
mod model;
mod service;
mod store;

pub use error::BackupError;
pub use model::{BackupReport, RestoreReport, Standing};
pub use service::{Backup, ExportEvents, Guard, Restore, RestoreFrom, compare};
pub use store::is_restoring;
