//! The registry's SQL, a file per resource.

pub mod blobs;
pub mod manifests;
pub mod repositories;
pub mod tags;

/// Most values in one `IN (…)`: databases limit the parameters of a statement.
const IN_LIST: usize = 500;
