//! Formats and rules of trust, through the verifier alone.

mod accepted;
pub mod files;
mod keyless;
mod kit;
mod log;
mod notation;
mod notation_kit;
mod policies;
mod refusals;
mod revoked_forms;
mod signing;
mod sigstore_vectors;
