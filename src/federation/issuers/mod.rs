//! Speaking with issuers: never with anybody that the settings do not name, or that such an issuer does not name itself.

mod discovery;
mod fetch;
mod known;

pub use known::{IssuerError, Issuers, KnownIssuer};
