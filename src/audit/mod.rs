//! Finds facts that were changed without an event: what the events say, done again in memory in ledger order, is held
//! against what the tables say at the same moment.
//!
//! Each versioned row names the event that opened it and the one that closed it (design, rule 6), so history is compared
//! as well as what holds: every span has exactly one row, with the value, the instants and the events that the ledger
//! tells of. Bytes of manifests are hashed. An event's columns must say what its leaf says.
//!
//! What stands in no event can't be compared: names of people, password hashes, secrets of tokens and what their owners
//! call them, private keys, which claim a federation rule is found by, what the reasons of a verification mean in detail,
//! last use, and all working rows. Rows of tokens,
//! keys and links to issuers may be missing: a restore from the storage can't bring back what no event tells.

mod error;
mod model;
mod service;
mod store;

pub use error::AuditError;
pub use model::{Finding, Findings, Problem, Told};
pub use service::facts;
