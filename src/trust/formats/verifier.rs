//! A policy made ready, and what it makes of evidence.

use std::fmt;

use super::content::About;
use super::findings::{Findings, Said};
use super::signers::{self, Signer};
use super::{bundle, dsse, minisign, notation, rules, simple_signing, sshsig};
use crate::trust::model::{Evidence, EvidenceKind, Format, Outcome, PolicyDocument, PolicyError, Reason};

/// What verifies, as outcomes tell it.
pub const VERIFIER: &str = concat!("waybill/", env!("CARGO_PKG_VERSION"), " sigstore-verify/0.15.1");

/// A policy made ready: keys parsed, roots loaded. Expensive to make; to be shared.
pub struct Verifier {
    signers: Vec<Signer>,
}

/// Says little: keys and roots are long.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("signers", &self.signers.len()).finish()
    }
}

impl PolicyDocument {
    /// Whether the policy can be used.
    ///
    /// # Errors
    /// Every [`PolicyError`].
    pub fn check(&self) -> Result<(), PolicyError> {
        Verifier::new(self).map(drop)
    }
}

impl Verifier {
    /// Makes a policy ready.
    ///
    /// # Errors
    /// Every [`PolicyError`]: what can't be read, too much of something, a name that is none or stands twice.
    pub fn new(document: &PolicyDocument) -> Result<Self, PolicyError> {
        signers::compile(document).map(|signers| Self { signers })
    }

    /// Verifies evidence about an artifact. It computes for milliseconds and reads the artifact: not for async threads.
    pub fn verify(&self, evidence: &Evidence, about: &About<'_>) -> Outcome {
        match self.find(evidence, about) {
            Ok(findings) => rules::conclude(findings, about),
            Err(reason) => Outcome::refused(reason),
        }
    }

    fn find(&self, evidence: &Evidence, about: &About<'_>) -> Result<Findings<'_>, Reason> {
        let signers = &self.signers;
        let findings = match evidence.format {
            Format::SigstoreBundle => bundle::verify(signers, evidence, about),
            Format::SimpleSigning => simple_signing::verify(signers, evidence, about),
            Format::Dsse => dsse::verify(signers, evidence, about),
            Format::NotationJws => notation::verify_jws(signers, evidence, about),
            Format::NotationCose => notation::verify_cose(signers, evidence, about),
            Format::Minisign => minisign::verify(signers, evidence, about),
            Format::SshSig => sshsig::verify(signers, evidence, about),
            Format::Plain => Err(Reason::Unsigned),
        }?;
        // Whoever asks for signatures goes by the evidence's kind: what was verified must be of that kind.
        let as_recognised = match &findings.claim.said {
            Said::Signature => evidence.kind == EvidenceKind::Signature,
            Said::Statement(statement) => {
                evidence.kind == EvidenceKind::Attestation
                    && evidence.predicate_type.as_ref() == Some(&statement.predicate_type)
            }
        };
        let other = || Reason::Malformed("it is not of the kind as which it was recognised".to_owned());
        if as_recognised { Ok(findings) } else { Err(other()) }
    }
}
