//! The verbs of this room.

mod backup;
mod export;
mod freshness;
mod replay;
mod restore;

pub use backup::Backup;
pub use export::ExportEvents;
pub use freshness::{Guard, compare};
pub use restore::{Restore, RestoreFrom};
