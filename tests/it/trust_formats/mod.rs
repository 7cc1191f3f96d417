//! Formats and rules of trust, through the verifier alone.

mod kit;
mod sigstore_vectors;
