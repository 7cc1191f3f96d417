//! What a format found out about a piece of evidence, before the rules of the policy.

use super::content::About;
use super::signers::{By, Signer};
use crate::trust::model::{EvidenceKind, Reason, Statement};
use crate::types::{Digest, Timestamp};

/// What the evidence says of the artifact.
pub(super) enum Said {
    /// Somebody made or accepts it.
    Signature,
    /// A statement with a predicate.
    Statement(Statement),
}

/// The predicate type by which cosign v3 and Waybill sign artifacts: a statement that says nothing but that.
const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// What a predicate type makes of a statement.
pub(super) fn kind_of(predicate_type: &str) -> EvidenceKind {
    if predicate_type == COSIGN_SIGN { EvidenceKind::Signature } else { EvidenceKind::Attestation }
}

/// What is claimed, and whether of this artifact.
pub(super) struct Claim {
    /// What is said.
    pub said: Said,
    /// What speaks against it, whoever said it: that it is about another artifact.
    pub against: Option<Reason>,
}

impl Claim {
    /// A signature's.
    pub(super) fn signature(of_this: bool) -> Self {
        Self { said: Said::Signature, against: (!of_this).then_some(Reason::OtherArtifact) }
    }

    /// A statement's.
    pub(super) fn statement(statement: Statement, about: &About<'_>) -> Self {
        let of_this = statement.is_about(about.names);
        match kind_of(&statement.predicate_type) {
            EvidenceKind::Signature => Self::signature(of_this),
            EvidenceKind::Attestation | EvidenceKind::Document => {
                let against = (!of_this).then_some(Reason::OtherSubject);
                Self { said: Said::Statement(statement), against }
            }
        }
    }
}

/// A signer of the policy who made it, and what else the cryptography says.
pub(super) struct MadeBy<'a> {
    /// Who.
    pub signer: &'a Signer,
    /// SHA-256 of the trusted root or trust store that was needed.
    pub trusted_root: Option<Digest>,
    /// The moment by which it had been signed, or why it does not hold: a proof of the log, for one.
    pub proof: Result<Option<Timestamp>, Reason>,
}

/// What a format found out.
pub(super) struct Findings<'a> {
    /// What is claimed.
    pub claim: Claim,
    /// The signers who made it: more than one where the policy names a key twice.
    pub made_by: Vec<MadeBy<'a>>,
    /// Why it is refused where no signer made it.
    pub unless: Reason,
    /// The trusted root that showed who it was, where that is no signer of the policy.
    pub seen: Option<(Digest, Option<Timestamp>)>,
}

/// Why nobody made it, told apart as well as it can be: that the signature fits no key looks the same whether the content
/// was altered or the key is not in the policy. It was altered if what came with it names a key of the policy, or if the
/// policy has one such key only.
pub(super) fn nobody(signers: &[Signer], hint: Option<&str>) -> Reason {
    let keys = || {
        signers.iter().filter_map(|signer| if let By::Key(key, _) = &signer.by { Some(key) } else { None })
    };
    let named = hint.is_some_and(|hint| keys().any(|key| key.is_hinted(hint)));
    if named || keys().count() == 1 {
        Reason::SignatureInvalid("what is signed was altered, or signed with another key".to_owned())
    } else {
        Reason::SignerUnknown
    }
}
