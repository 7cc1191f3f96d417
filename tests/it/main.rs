//! The integration tests: one binary, over the real server. `support` starts servers and asks them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends when something is not as it should be"
)]

mod audit;
mod backup;
mod checkpoint_copies;
mod environment_view;
mod federation;
mod house;
mod ledger;
mod ledger_api;
mod ledger_verify;
mod operations;
mod pages;
mod people;
mod postgres;
mod registry;
mod releases;
mod replicas;
mod signing;
mod start;
#[allow(dead_code, reason = "it offers what the tests of rooms to come will need")]
mod support;
mod tls;
mod tokens;
mod trust;
mod trust_formats;
mod trust_policy;
mod witnesses;
