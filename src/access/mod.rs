//! Who is asking and what they may: [`Caller`], [`Permission`], and the extractor [`Allowed`] that demands one.
//!
//! This room only asks. The answers come from whoever implements [`Authority`], which is the identity room.

mod authority;
mod caller;
mod ceiling;
mod challenge;
mod credentials;
mod error;
mod extractor;
mod permission;

pub use authority::{Authority, ReadableEntries, ReadableProjects};
pub use caller::Caller;
pub use ceiling::{AccessScopes, Ceiling, Narrowing};
pub use credentials::Credentials;
pub use error::AccessError;
pub use extractor::{
    Allowed, Demand, EnvironmentRepository, Lister, Reader, ScopeInPath, SignedIn, Viewer, credentials,
    demands,
};
pub use permission::{Permission, Scope};
