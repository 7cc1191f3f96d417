//! This room's values and rules, pure.

mod standing;

pub use standing::{Held, HeldArtifact, Reliance, Standing, StandingEnvironment};
