//! The OCI distribution protocol: repositories, uploads, blobs, manifests, tags, referrers; and the same things for API
//! clients.
//!
//! Manifests are kept and served byte-exact. A repository holds what was pushed or mounted into it, and nothing is
//! read through a repository that does not hold it, whatever else the installation stores.

mod api;
mod environment_view;
mod error;
mod model;
mod protector;
mod read_gate;
mod service;
mod store;

pub use api::{QueriedRepository, RepositoryQuery, configure, configure_v2};
pub use environment_view::EnvironmentView;
pub use error::RegistryError;
pub use model::{
    Artifact, HeldManifest, INSPECT, Inspect, LinkKind, ParsedManifest, Repository, Shown, ShownRoot, Stopped,
};
pub use protector::Protector;
pub use read_gate::{Read, ReadGate, Reading};
pub use service::{Asked, KeepManifests, Limits, PushManifest, Registry, replay};
