//! This room's verbs.

mod standing;

pub use standing::Standings;
