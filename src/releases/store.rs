//! This room's SQL.

pub mod reliance;
pub mod standing;
