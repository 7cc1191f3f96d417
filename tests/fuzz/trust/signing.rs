//! What gates need of signing: the names of predicate types.

#[path = "../../../src/trust/signing/predicate.rs"]
mod predicate;

pub use predicate::{COSIGN_SIGN, Predicate, PredicateError, predicate_type};
