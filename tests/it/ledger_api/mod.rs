//! The ledger through the API: what a change answers with, and what can be read of it later.

mod changes;
mod kit;
