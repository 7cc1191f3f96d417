//! The transparency log of a real server.

mod kills;
pub mod kit;
mod order;
mod restore;
mod self_audit;
mod tiles;
