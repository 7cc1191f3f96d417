//! Notation's signatures (notaryproject/specifications, `signature-specification.md`): JWS and COSE envelopes by
//! certificates that lead to a trust store.

mod store;

pub(super) use store::TrustStore;

use super::content::About;
use super::findings::Findings;
use super::signers::Signer;
use crate::trust::model::{Evidence, Reason};

/// The media types of envelopes.
pub(super) const JWS: &str = "application/jose+json";
pub(super) const COSE: &str = "application/cose";
/// The content type of what is signed.
pub(super) const PAYLOAD: &str = "application/vnd.cncf.notary.payload.v1+json";

/// Whether bytes are a COSE envelope of notation.
pub(super) fn is_cose(_: &[u8]) -> bool {
    false
}

/// Verifies a JWS envelope.
pub(super) fn verify_jws<'a>(_: &'a [Signer], _: &Evidence, _: &About<'_>) -> Result<Findings<'a>, Reason> {
    Err(Reason::Unsupported("notation".to_owned()))
}

/// Verifies a COSE envelope.
pub(super) fn verify_cose<'a>(_: &'a [Signer], _: &Evidence, _: &About<'_>) -> Result<Findings<'a>, Reason> {
    Err(Reason::Unsupported("notation".to_owned()))
}
