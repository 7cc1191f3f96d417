//! The registry over HTTP: `/v2` for OCI clients, `/api/v1` for API clients, and this room's errors mapped once.

mod error;
mod v1;
mod v2;

pub use v1::{QueriedRepository, RepositoryQuery, configure};
pub use v2::configure as configure_v2;
