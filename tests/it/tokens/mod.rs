//! Tokens: how they are got, what they allow, and when they end.

mod endpoint;
mod kit;
mod start;
