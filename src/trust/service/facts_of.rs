//! What attestations and documents say, kept so that it can be asked for.
