//! Signing as cosign v3 does it, so that its users can verify what Waybill signs: an in-toto statement in a DSSE envelope, in a
//! Sigstore bundle, in a manifest that refers to the artifact. All of it is made of what is given, without any IO.

mod bundle;
mod envelope;
mod key;
mod manifest;
mod predicate;
mod statement;
#[cfg(test)]
mod tests;

pub use crate::trust::model::Envelope;
pub use bundle::{BUNDLE, bundle};
pub use envelope::{sign, sign_with};
pub use key::{PublicKey, SigningKey, SigningKeyError};
pub use manifest::{Descriptor, EMPTY, MANIFEST, attestation_manifest, referrer_manifest};
pub use predicate::{COSIGN_SIGN, Predicate, PredicateError, VERIFICATION_SUMMARY, predicate_type};
pub use statement::statement;
