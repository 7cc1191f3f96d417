//! What is released, and where it may run: releases, environments, lifecycles with their gates, promotions and what came of
//! them.
//!
//! An environment points at releases; nothing is copied. What it shows of a repository is what those releases contain.

mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use model::{Held, HeldArtifact, Standing, StandingEnvironment};
pub use service::Standings;
