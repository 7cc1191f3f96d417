//! Why a signature or attestation was refused: a closed list, each with a stable code, what was found, and what to do.

use thiserror::Error;

use crate::types::Timestamp;

/// Why it was refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// A signature that was made for another artifact, and moved here.
    #[error("it signs another artifact")]
    OtherArtifact,
    /// A statement whose subjects are other artifacts.
    #[error("it is about another artifact")]
    OtherSubject,
    /// A document that nobody signed.
    #[error("nobody signed it")]
    Unsigned,
    /// The signature is not that of the bytes by the key.
    #[error("the signature does not verify: {0}")]
    SignatureInvalid(String),
    /// The payload is not of the type that it must be.
    #[error("the payload type is {found:?}, not {expected:?}")]
    PayloadType {
        /// As the envelope says.
        found: String,
        /// As it must be.
        expected: &'static str,
    },
    /// An envelope has no signature, or more than one.
    #[error("the envelope has {count} signatures, not one")]
    SignatureCount {
        /// How many.
        count: usize,
    },
    /// A statement of another type.
    #[error("statements of type {0:?} are not read")]
    StatementType(String),
    /// A bundle of a version that is not read, or that is not of the version which it says it is: what says so is not signed.
    #[error("the bundle is not of a version that can be verified: {0}")]
    BundleVersion(String),
    /// A form that is not read.
    #[error("this form can't be verified: {0}")]
    Unsupported(String),
    /// The signer must prove that a transparency log holds the signature, and there is no proof.
    #[error("there is no proof of a transparency log")]
    LogProofMissing,
    /// The transparency log's proof does not hold.
    #[error("the proof of the transparency log does not hold: {0}")]
    LogProofInvalid(String),
    /// The certificate does not lead to a trusted root, or is not for this.
    #[error("the certificate can't be trusted: {0}")]
    Certificate(String),
    /// There is no moment at which it was signed for sure, or a timestamp does not hold.
    #[error("the time of signing can't be told: {0}")]
    Timestamp(String),
    /// The certificate had expired when it signed.
    #[error("the certificate was not valid when it signed: {0}")]
    CertificateExpired(String),
    /// Neither the project nor the organisation says whose word counts.
    #[error("there is no trust policy")]
    PolicyMissing,
    /// The signature says itself that it no longer counts.
    #[error("the signature expired at {at}")]
    SignatureExpired {
        /// When.
        at: Timestamp,
    },
    /// No signer of the policy made it.
    #[error("no signer of the trust policy made it")]
    SignerUnknown,
    /// The key was not valid yet.
    #[error("the key of signer {signer:?} is valid from {from} on only")]
    KeyNotYetValid {
        /// Whose key.
        signer: String,
        /// Since when it is valid.
        from: Timestamp,
    },
    /// The key was no longer valid.
    #[error("the key of signer {signer:?} expired at {until}")]
    KeyExpired {
        /// Whose key.
        signer: String,
        /// When it expired.
        until: Timestamp,
    },
    /// The key is revoked since a moment before the signature was seen.
    #[error("the key of signer {signer:?} is revoked since {since}")]
    KeyRevoked {
        /// Whose key.
        signer: String,
        /// Since when it is not to be trusted.
        since: Timestamp,
    },
    /// The signer may not vouch for this repository.
    #[error("signer {signer:?} may not vouch for repository {repository}")]
    RepositoryOutOfScope {
        /// Which signer.
        signer: String,
        /// Which repository.
        repository: String,
    },
    /// The signer may not sign artifacts, only attest.
    #[error("signer {signer:?} may not sign artifacts")]
    SigningOutOfScope {
        /// Which signer.
        signer: String,
    },
    /// The signer may not vouch for this type of predicate.
    #[error("signer {signer:?} may not vouch for predicates of type {predicate_type}")]
    PredicateOutOfScope {
        /// Which signer.
        signer: String,
        /// Which type.
        predicate_type: String,
    },
    /// The signer may not vouch for this builder.
    #[error("signer {signer:?} may not vouch for builder {builder}")]
    BuilderNotAllowed {
        /// Which signer.
        signer: String,
        /// The builder's id.
        builder: String,
    },
    /// JSON that two readers would read differently.
    #[error("the key {0:?} stands twice in one JSON object")]
    DuplicateKey(String),
    /// Longer than is read.
    #[error("it has {size} bytes, more than {limit}")]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// How many are read.
        limit: u64,
    },
    /// Bytes that it names are not there.
    #[error("its bytes are not in the repository: {0}")]
    ContentMissing(String),
    /// Bytes that it names may be there, but not for who verifies.
    #[error("reading it was denied: {0}")]
    ContentDenied(String),
    /// Not of the form that it says it is.
    #[error("it can't be read: {0}")]
    Malformed(String),
}

impl Reason {
    /// The stable code, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OtherArtifact => "other_artifact",
            Self::OtherSubject => "other_subject",
            Self::Unsigned => "unsigned",
            Self::SignatureInvalid(_) => "signature_invalid",
            Self::PayloadType { .. } => "payload_type",
            Self::SignatureCount { .. } => "signature_count",
            Self::StatementType(_) => "statement_type",
            Self::BundleVersion(_) => "bundle_version",
            Self::Unsupported(_) => "unsupported",
            Self::LogProofMissing => "log_proof_missing",
            Self::LogProofInvalid(_) => "log_proof_invalid",
            Self::Certificate(_) => "certificate",
            Self::Timestamp(_) => "timestamp",
            Self::CertificateExpired(_) => "certificate_expired",
            Self::PolicyMissing => "policy_missing",
            Self::SignatureExpired { .. } => "signature_expired",
            Self::SignerUnknown => "signer_unknown",
            Self::KeyNotYetValid { .. } => "key_not_yet_valid",
            Self::KeyExpired { .. } => "key_expired",
            Self::KeyRevoked { .. } => "key_revoked",
            Self::RepositoryOutOfScope { .. } => "repository_out_of_scope",
            Self::SigningOutOfScope { .. } => "signing_out_of_scope",
            Self::PredicateOutOfScope { .. } => "predicate_out_of_scope",
            Self::BuilderNotAllowed { .. } => "builder_not_allowed",
            Self::DuplicateKey(_) => "duplicate_key",
            Self::TooLarge { .. } => "too_large",
            Self::ContentMissing(_) => "content_missing",
            Self::ContentDenied(_) => "content_denied",
            Self::Malformed(_) => "malformed",
        }
    }

    /// What the person who pushed it, or who keeps the policy, can do.
    pub const fn remediation(&self) -> &'static str {
        match self {
            Self::OtherArtifact | Self::OtherSubject => "Sign this artifact's own digest.",
            Self::Unsigned => {
                "Attest with it, so that a signer of the trust policy vouches for what it says."
            }
            Self::SignatureInvalid(_)
            | Self::BundleVersion(_)
            | Self::SignatureCount { .. }
            | Self::DuplicateKey(_)
            | Self::Malformed(_) => "Make it again with the signing tool and push it unchanged.",
            Self::PayloadType { .. } | Self::StatementType(_) => {
                "Attest with an in-toto statement in a DSSE envelope."
            }
            Self::Unsupported(_) => "Sign with one of the formats of the README.",
            Self::LogProofMissing | Self::LogProofInvalid(_) => {
                "Sign with the transparency log that the trust policy's root names."
            }
            Self::Certificate(_) => {
                "Add the certificate's root to the trust policy, or sign with one that it knows."
            }
            Self::Timestamp(_) | Self::CertificateExpired(_) => {
                "Sign with a timestamp, or while the certificate is valid."
            }
            Self::PolicyMissing => "Set a trust policy that names the signer.",
            Self::SignerUnknown => "Add the signer to the trust policy, or sign with one of its signers.",
            Self::SignatureExpired { .. }
            | Self::KeyNotYetValid { .. }
            | Self::KeyExpired { .. }
            | Self::KeyRevoked { .. } => "Sign again with a valid key of the trust policy.",
            Self::RepositoryOutOfScope { .. }
            | Self::SigningOutOfScope { .. }
            | Self::PredicateOutOfScope { .. }
            | Self::BuilderNotAllowed { .. } => {
                "Sign with a signer that may vouch for this, or let this one do so in the trust policy."
            }
            Self::TooLarge { .. } => "Attest less at once, or attach what is large as a file of its own.",
            Self::ContentMissing(_) => "Push the missing blob, then verify again.",
            Self::ContentDenied(_) => "Verify as somebody who may read it.",
        }
    }
}
