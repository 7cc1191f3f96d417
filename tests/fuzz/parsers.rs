//! The server's parsers, compiled alone: fuzzing them needs neither its database nor its web framework.

#[path = "../../src/types/mod.rs"]
pub mod types;

#[path = "../../src/registry/model/known_keys.rs"]
mod known_keys;
#[path = "../../src/registry/model/manifest.rs"]
pub mod manifest;
