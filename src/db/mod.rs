//! The database: one pool to read from, and one door to change anything, [`Db::write`].
//!
//! A change is a closure that can be run again. On SQLite a single writer task runs what is waiting in one immediate
//! transaction, and answers after its commit: one fsync for many changes, and no "database is locked". If one of them
//! fails, they are run again, each under a savepoint. On PostgreSQL each change is a serializable transaction of its own, run again
//! when the server could not put it into an order with the others; working rows need no such order ([`Db::keep_books`]).
//! Rooms above name tables only in their `store.rs`.

mod cache;
mod change;
mod chunks;
mod connect;
mod error;
mod freshness;
mod migrate;
mod noting;
mod postgres;
mod postgres_writer;
mod settings;
mod snapshot;
mod sqlite;
mod sqlite_writer;
#[cfg(test)]
pub(crate) mod testing;
mod tx;
mod unindexed;

pub use cache::Cache;
pub use chunks::chunks;
pub use connect::Db;
pub use error::DbError;
pub use freshness::{Freshness, Topic};
pub use migrate::{check_schema, migrate};
pub use noting::noting;
pub use settings::{DatabaseUrl, DatabaseUrlError, PostgresUrl};
pub use snapshot::Snapshot;
pub use tx::Tx;
pub use unindexed::unindexed;
