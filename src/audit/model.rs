//! What the ledger says must stand in the tables, and how the two are compared. Pure.

mod content;
mod event_check;
mod expected;
mod fact_key;
mod finding;
mod fold;
mod kept_kind;
mod row;
mod value;

pub use content::{Described, Links};
pub use expected::Expected;
pub use fact_key::FactKey;
pub use finding::{Finding, Findings, Problem, Told};
pub use kept_kind::KeptKind;
pub use row::{EventRow, Row};
pub use value::{Account, Binding, Kept, Manifest, Rule, Token, TrustPolicy, Value, Verification, kept};

#[cfg(test)]
pub mod tests;
