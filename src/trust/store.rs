//! This room's SQL, a file per table.

pub mod policies;
pub mod verifications;
