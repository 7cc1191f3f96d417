//! Trust in OpenID Connect issuers: people log in through one, and CI exchanges the id token that its issuer gives a job for
//! a short token of ours, by the rules of a project.
//!
//! Which issuers there are, the settings say; nobody else is ever contacted. An id token counts when a key of its issuer
//! signed it for our own audience, and once only. What it becomes is a token of identity's, which never reaches beyond
//! its rule, nor beyond what the account may at the time of each request.

mod api;
mod issuers;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use api::configure;
pub use model::{IssuerSettings, SetupError};
pub use service::{Federation, FederationError, replay};
