//! The keys that an installation signs with, shared by all replicas as rows.
//!
//! Private keys lie in the database under the one [`MasterKey`], which only settings hold: a copy of the database alone
//! signs nothing. Of each [`Purpose`] one key signs at a time; the ones before it stay known, so that what they signed
//! can still be verified. Rooms above make a key in a transaction of their own, for they tell the ledger of it.

mod master_key;
mod model;
mod service;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use master_key::{MasterKey, MasterKeyError};
pub use model::{KeyError, NewKey, PublicKey, Purpose, SigningKey, WrappedKey};
pub use service::Keys;
