//! Backup and restore, and a database that is older than the storage: over the real server and the real commands.

pub mod base;
mod damaged;
pub mod kit;
mod lost;
mod older;
