//! Rows of rules, of what was exchanged by them, of links between people and accounts, and of log-ins under way.

pub mod exchanges;
pub mod links;
pub mod log_ins;
pub mod rules;
