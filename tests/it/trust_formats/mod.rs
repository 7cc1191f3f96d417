//! Formats and rules of trust, through the verifier alone.

mod accepted;
mod kit;
mod log;
mod refusals;
mod signing;
mod sigstore_vectors;
