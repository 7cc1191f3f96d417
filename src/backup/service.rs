//! The verbs of this room.

mod backup;
mod export;
mod replay;
mod restore;
mod standing;

pub use backup::Backup;
pub use export::ExportEvents;
pub use restore::{Restore, RestoreFrom};
pub use standing::{Guard, compare};
