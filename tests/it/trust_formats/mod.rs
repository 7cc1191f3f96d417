//! Formats and rules of trust, through the verifier alone.

mod accepted;
mod files;
mod kit;
mod log;
mod notation;
mod notation_kit;
mod refusals;
mod signing;
mod sigstore_vectors;
