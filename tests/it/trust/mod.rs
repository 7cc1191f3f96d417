//! Trust: what is signed and attested with, over the real server.

mod attestations;
mod facts;
pub mod kit;
mod pull;
mod refusals;
mod revocation;
mod summary_key;
mod verification;
