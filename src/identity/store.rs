//! Rows of accounts, role bindings, tokens, and failed log-ins.

pub mod accounts;
pub mod bindings;
pub mod failures;
pub mod tokens;
