//! What is released, and where it may run: releases, environments, lifecycles with their gates, promotions and what came of
//! them.
//!
//! An environment points at releases; nothing is copied. What it shows of a repository is what those releases contain. A
//! promotion asks for the pointer to be moved: its gates are asked outside of any change, and once more in the change that
//! moves the pointer, which compares the counters of all that could have altered them.

mod api;
mod error;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use api::configure;
pub use error::ReleaseError;
pub use model::{Held, HeldArtifact, LifecycleRevision, Standing, StandingEnvironment};
pub use service::{
    AutoPromote, Parts as ReleasesParts, Releases, ReopenPromotions, Standings, TendPromotions,
    WriteSummaries, replay,
};
