//! Who is asking and what they may: [`Caller`], [`Permission`], and the extractor [`Allowed`] that demands one.
//!
//! This room only asks. The answers come from whoever implements [`Authority`], which is the identity room.

mod authority;
mod caller;
mod credentials;
mod error;
mod extractor;
mod permission;

pub use authority::{Authority, ReadableProjects};
pub use caller::Caller;
pub use credentials::Credentials;
pub use error::AccessError;
pub use extractor::{Allowed, Demand, ScopeInPath, SignedIn, Viewer, demands};
pub use permission::{Permission, Scope};
