//! Rows of what attestations say. They are made of bytes that the registry keeps, so they may be made again.

mod attested;
mod components;
mod findings;
mod insert;
mod materials;
mod overview;
mod provenance;
mod rows;
#[cfg(test)]
mod tests;

pub use attested::{Attested, Place as FactPlace, Within};
pub use components::{ComponentFact, ComponentQuery, components};
pub use findings::{FindingFact, FindingQuery, findings};
pub use insert::{insert, insert_unread};
pub use materials::{MaterialFact, materials};
pub use overview::{Overview, State, overview};
pub use provenance::{ProvenanceFact, ProvenanceQuery, provenance};
