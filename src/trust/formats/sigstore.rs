//! Verifying Sigstore's bundles: one trait, and the library behind it. No other file names the library.

use std::io::Read;

use sigstore_verify::bundle::Error as Shape;
use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::{
    Artifact, ArtifactDigest, Bundle, DerPublicKey, HashAlgorithm, SignatureContent,
};
use sigstore_verify::{
    CertificateError, Error, Policy, PublicKeyVerificationPolicy, TransparencyLogError, VerificationPolicy,
    VerificationResult, Verifier,
};

use super::content::Message;
use crate::trust::model::Reason;
use crate::types::{Algorithm, Digest, Timestamp};

/// Who signed, as a certificate says, and when.
pub(super) struct Certified {
    /// The issuer of the identity.
    pub issuer: Option<String>,
    /// The identity: an address of mail or a URI.
    pub subject: Option<String>,
    /// The earliest moment at which a log or a timestamp authority saw the signature.
    pub signed_at: Option<Timestamp>,
}

/// A trusted root, ready to verify with. Verifying is offline.
pub(super) trait Sigstore: Send + Sync {
    /// Verifies what was signed with a certificate: its chain, its log of certificates, the transparency log, the time,
    /// and that all of them speak of this signature and message. Whose certificate it is stays to be judged.
    fn by_certificate(&self, bundle: &ReadBundle, message: Message<'_>) -> Result<Certified, Reason>;

    /// Verifies what was signed with a key, and the proofs of the transparency log; tells when it was logged.
    fn by_key(
        &self,
        bundle: &ReadBundle,
        message: Message<'_>,
        spki: &[u8],
    ) -> Result<Option<Timestamp>, Reason>;

    /// Whether a transparency log is among what is trusted.
    fn has_log(&self) -> bool;
}

/// A bundle in the library's form.
pub(super) struct ReadBundle(Bundle);

impl ReadBundle {
    /// Reads a bundle whose version and shape were looked at before.
    pub(super) fn parse(json: &str) -> Result<Self, Reason> {
        Bundle::from_json(json).map(Self).map_err(|error| {
            let text = error.to_string();
            // An entry of a kind that is not read.
            if text.contains("unsupported Rekor entry") {
                Reason::Unsupported(text)
            } else {
                Reason::Malformed(text)
            }
        })
    }
}

impl ReadBundle {
    /// What an envelope holds.
    pub(super) fn payload(&self) -> Option<&[u8]> {
        match &self.0.content {
            SignatureContent::DsseEnvelope(envelope) => Some(envelope.payload.as_bytes()),
            _ => None,
        }
    }
}

struct Library {
    verifier: Verifier,
    /// Whether certificates and signatures must be logged: a root that names no log of either kind, such as that of GitHub's
    /// own instance, vouches by timestamps alone.
    logs: bool,
    has_log: bool,
}

/// Reads a `trusted_root.json`.
pub(super) fn trusted_root(json: &str) -> Result<Box<dyn Sigstore>, String> {
    let root = TrustedRoot::from_json(json).map_err(|error| error.to_string())?;
    let verifier = Verifier::new(&root).map_err(|error| error.to_string())?;
    let has_log = !root.tlogs.is_empty();
    Ok(Box::new(Library { verifier, logs: has_log || !root.ctlogs.is_empty(), has_log }))
}

impl Library {
    fn verify(
        &self,
        bundle: &ReadBundle,
        message: Message<'_>,
        policy: &impl Policy,
    ) -> Result<VerificationResult, Reason> {
        let verified = match message {
            Message::Digest(digest) => self.verifier.verify(of_digest(digest)?, &bundle.0, policy),
            Message::Bytes(bytes) => self.verifier.verify(Artifact::Blob(bytes), &bundle.0, policy),
            Message::Reader(reader) => {
                self.verifier.verify_reader(reader as Box<dyn Read>, &bundle.0, policy)
            }
        };
        verified.map_err(reason)
    }
}

impl Sigstore for Library {
    fn by_certificate(&self, bundle: &ReadBundle, message: Message<'_>) -> Result<Certified, Reason> {
        let mut policy = VerificationPolicy::any_identity();
        if !self.logs {
            policy = policy.skip_tlog_unsafe().skip_sct();
        }
        let result = self.verify(bundle, message, &policy)?;
        Ok(Certified {
            issuer: result.issuer().map(str::to_owned),
            subject: result.identity().map(|identity| identity.as_str().to_owned()),
            signed_at: earliest(&result),
        })
    }

    fn by_key(
        &self,
        bundle: &ReadBundle,
        message: Message<'_>,
        spki: &[u8],
    ) -> Result<Option<Timestamp>, Reason> {
        let policy = PublicKeyVerificationPolicy::new(DerPublicKey::new(spki.to_vec()));
        let result = self.verify(bundle, message, &policy).map_err(|reason| match reason {
            // That the key signed this message was seen before: it is the log's entry that speaks of another.
            Reason::OtherArtifact => {
                Reason::LogProofInvalid("the log's entry is of something else".to_owned())
            }
            reason => reason,
        })?;
        Ok(earliest(&result))
    }

    fn has_log(&self) -> bool {
        self.has_log
    }
}

/// Each authenticated time is one at which the signature was there already.
fn earliest(result: &VerificationResult) -> Option<Timestamp> {
    let times = result.verified_timestamps().iter().copied().chain(result.integrated_time());
    times.min().map(|time| Timestamp::from_micros(time.as_microsecond()))
}

fn of_digest(digest: &Digest) -> Result<ArtifactDigest, Reason> {
    let algorithm = match digest.algorithm() {
        Algorithm::Sha256 => HashAlgorithm::Sha2256,
        Algorithm::Sha512 => HashAlgorithm::Sha2512,
    };
    let bytes = hex::decode(digest.hex()).map_err(|error| Reason::Malformed(error.to_string()))?;
    ArtifactDigest::new(algorithm, bytes).map_err(|error| Reason::Malformed(error.to_string()))
}

fn reason(error: Error) -> Reason {
    let text = error.to_string();
    match error {
        Error::SignatureInvalid(_) | Error::Crypto(_) => Reason::SignatureInvalid(text),
        Error::ArtifactMismatch(_) => Reason::OtherArtifact,
        Error::Certificate(CertificateError::Expired { .. } | CertificateError::NotYetValid { .. }) => {
            Reason::CertificateExpired(text)
        }
        Error::TransparencyLog(TransparencyLogError::IntegratedTime(_)) => Reason::CertificateExpired(text),
        // The library has only a text for what its chain says.
        Error::Certificate(CertificateError::ChainInvalid(chain))
            if ["CertExpired", "CertNotValidYet"].iter().any(|why| chain.contains(why)) =>
        {
            Reason::CertificateExpired(text)
        }
        Error::Certificate(_) | Error::IdentityMismatch { .. } | Error::IssuerMismatch { .. } => {
            Reason::Certificate(text)
        }
        Error::TransparencyLog(_) => Reason::LogProofInvalid(text),
        Error::Timestamp(_) => Reason::Timestamp(text),
        Error::Bundle(shape) => of_shape(&shape),
        Error::UnsupportedBundle(_) | Error::UnsupportedArtifact(_) => Reason::Unsupported(text),
        Error::ArtifactRead(_) => Reason::ContentMissing(text),
        _ => Reason::Malformed(text),
    }
}

fn of_shape(shape: &Shape) -> Reason {
    match shape {
        Shape::MissingInclusionPromise(_)
        | Shape::MissingInclusionProof(_)
        | Shape::MissingSigningTimeEvidence => Reason::LogProofMissing,
        Shape::MissingCheckpoint | Shape::LogIndexOutOfRange { .. } | Shape::CheckpointRootMismatch => {
            Reason::LogProofInvalid(shape.to_string())
        }
        Shape::MissingTimestamp => Reason::Timestamp(shape.to_string()),
        Shape::UnsupportedMediaType(_) | Shape::CertificateChainNotAllowed(_) => {
            Reason::BundleVersion(shape.to_string())
        }
        _ => Reason::Unsupported(shape.to_string()),
    }
}
