//! The server's parsers, compiled alone: fuzzing them needs neither its database nor its web framework.

#[path = "../../src/types/mod.rs"]
pub mod types;

#[cfg(feature = "manifest")]
#[path = "../../src/registry/model/manifest.rs"]
pub mod manifest;
