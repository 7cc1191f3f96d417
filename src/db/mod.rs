//! The database: one pool to read from, and one door to change anything, [`Db::write`].
//!
//! A change is a closure that can be run again. On SQLite a single writer task runs what is waiting, each closure
//! under its own savepoint, in one immediate transaction, and answers after its commit: one fsync for many
//! changes, and no "database is locked". Rooms above name tables only in their `store.rs`.

mod connect;
mod error;
mod migrate;
mod settings;
mod snapshot;
mod tx;
mod writer;

pub use connect::Db;
pub use error::DbError;
pub use migrate::{migrate, missing_steps};
pub use settings::{DatabaseUrl, DatabaseUrlError};
pub use snapshot::Snapshot;
pub use tx::Tx;
