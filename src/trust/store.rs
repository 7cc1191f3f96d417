//! This room's SQL, a file per table.

pub mod facts;
pub mod policies;
pub mod verifications;
