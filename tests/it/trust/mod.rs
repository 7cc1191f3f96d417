//! Trust: what is signed and attested with, over the real server.

mod attestations;
pub mod kit;
mod pull;
mod refusals;
mod revocation;
mod verification;
