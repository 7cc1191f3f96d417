//! Issuers, their id tokens, and what follows from these.

mod id_token;
mod issuer;
mod jwks;
mod log_in;
mod rule;
mod user_name;

pub use id_token::{IdToken, IdTokenError, Unverified};
pub use issuer::{Issuer, IssuerSettings, IssuerUrl, LogIn, SetupError};
pub use jwks::Keys;
pub use log_in::{LOG_IN_LASTS, Secret};
pub use rule::{Claims, Lifetime, Reach, Rule, RuleError, keys};
pub use user_name::candidates;
