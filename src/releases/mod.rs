//! Releases, the environments that they run in, and what has to hold before one enters: lifecycles with their gates,
//! promotions, and the exceptions from both.
//!
//! What may enter is decided by rules over facts that are given, without IO, so that a decision can be made again from what
//! it was made of.

pub mod model;
