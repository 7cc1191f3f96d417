//! DSSE envelopes by themselves: cosign's legacy attestations with their annotations, and what comes by the API.

use super::content::About;
use super::findings::Findings;
use super::legacy;
use super::sealed::{self, Signed};
use super::signers::Signer;
use crate::trust::model::{Envelope, Evidence, IN_TOTO, Reason, Statement};

/// An envelope's statement; what signs it is verified over these very bytes.
pub(super) fn statement(envelope: &Envelope) -> Result<Statement, Reason> {
    if envelope.payload_type != IN_TOTO {
        return Err(Reason::PayloadType { found: envelope.payload_type.clone(), expected: IN_TOTO });
    }
    Statement::parse(&envelope.payload)
}

/// Verifies an envelope.
pub(super) fn verify<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    let signed = Signed::Envelope(Envelope::parse(&evidence.bytes)?);
    sealed::verify(signers, &legacy::seal(signed, &evidence.annotations)?, about)
}
