//! The pure part of trust: its model, its formats, and what attestations say.

#[path = "../../src/trust/formats/mod.rs"]
pub mod formats;
pub mod model;
#[path = "../../src/trust/predicates/mod.rs"]
pub mod predicates;
