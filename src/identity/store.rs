//! Rows of accounts, role bindings, and failed log-ins.

pub mod accounts;
pub mod bindings;
pub mod failures;
