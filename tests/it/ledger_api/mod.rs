//! The ledger through the API: what a change answers with, and what can be read of it later.

mod audit_reads;
mod changes;
mod entries;
mod kit;
mod proofs;
mod receipts;
mod sight;
