//! Tokens: how they are got, what they allow, and when they end.

mod attacks;
mod endpoint;
mod environments;
pub mod kit;
mod personal;
mod roles;
mod secrets;
mod service_accounts;
mod start;
