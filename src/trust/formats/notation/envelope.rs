//! What both kinds of envelopes hold (`signature-specification.md`), and the rules of their attributes.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls::pki_types::CertificateDer;

use super::PAYLOAD;
use super::chain::{Certificate, KeySpec};
use crate::trust::model::Reason;
use crate::types::Timestamp;

/// Attributes' names.
pub(super) const SCHEME: &str = "io.cncf.notary.signingScheme";
pub(super) const SIGNING_TIME: &str = "io.cncf.notary.signingTime";
pub(super) const AUTHENTIC_TIME: &str = "io.cncf.notary.authenticSigningTime";
pub(super) const EXPIRY: &str = "io.cncf.notary.expiry";

/// The scheme in which whoever holds a certificate signs, and says himself when.
const X509: &str = "notary.x509";

/// The algorithms: each belongs to one kind and size of key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    Es512,
}

impl Algorithm {
    fn of_key(self) -> (KeySpec, &'static dyn VerificationAlgorithm) {
        match self {
            Self::Ps256 => (KeySpec::Rsa2048, &RSA_PSS_2048_8192_SHA256),
            Self::Ps384 => (KeySpec::Rsa3072, &RSA_PSS_2048_8192_SHA384),
            Self::Ps512 => (KeySpec::Rsa4096, &RSA_PSS_2048_8192_SHA512),
            Self::Es256 => (KeySpec::P256, &ECDSA_P256_SHA256_FIXED),
            Self::Es384 => (KeySpec::P384, &ECDSA_P384_SHA384_FIXED),
            Self::Es512 => (KeySpec::P521, &ECDSA_P521_SHA512_FIXED),
        }
    }
}

/// The signed attributes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// What the payload is.
    pub content_type: String,
    /// Who says when it was signed.
    pub scheme: String,
    /// The attributes that a reader must know.
    pub critical: Vec<String>,
    /// When it was signed, as the signer says.
    pub signing_time: Option<Timestamp>,
    /// The same, as a signing authority says.
    pub authentic_time: Option<Timestamp>,
    /// From when on it counts for nothing.
    pub expiry: Option<Timestamp>,
}

impl Attributes {
    /// Holds them against the rules of the specification.
    pub(super) fn check(&self, seen_at: Timestamp) -> Result<(), Reason> {
        let malformed = |why: &str| Err(Reason::Malformed(why.to_owned()));
        if self.content_type != PAYLOAD {
            return Err(Reason::PayloadType { found: self.content_type.clone(), expected: PAYLOAD });
        }
        if self.scheme != X509 {
            // In the other scheme an authority vouches for the time: its certificates belong in a store of their own kind.
            return Err(Reason::Unsupported(format!("notation's signing scheme {:?}", self.scheme)));
        }
        let is_critical = |name: &str| self.critical.iter().any(|critical| critical == name);
        if let Some(unknown) = self.critical.iter().find(|name| ![SCHEME, EXPIRY].contains(&name.as_str())) {
            return Err(Reason::Unsupported(format!("the critical attribute {unknown:?}")));
        }
        if !is_critical(SCHEME) || is_critical(EXPIRY) != self.expiry.is_some() {
            return malformed("the signing scheme, and an expiry that is there, must be marked critical");
        }
        if self.signing_time.is_none() || self.authentic_time.is_some() {
            return malformed("there must be a signing time, and no authentic one, in this signing scheme");
        }
        match self.expiry {
            Some(at) if self.signing_time.is_some_and(|signed| at <= signed) => {
                malformed("it expires before it was signed")
            }
            Some(at) if seen_at >= at => Err(Reason::SignatureExpired { at }),
            _ => Ok(()),
        }
    }
}

/// An envelope, read and not yet believed.
pub(super) struct Envelope {
    /// How it is signed.
    pub algorithm: Algorithm,
    /// What is signed.
    pub signed: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The payload.
    pub payload: Vec<u8>,
    /// The signed attributes.
    pub attributes: Attributes,
    /// The signer's certificate and those above it.
    pub chain: Vec<CertificateDer<'static>>,
}

impl Envelope {
    /// Verifies the signature by its certificate's key, whoever's that is.
    pub(super) fn check_signature(&self, leaf: &Certificate) -> Result<(), Reason> {
        let (spec, algorithm) = self.algorithm.of_key();
        if leaf.key_spec() != Some(spec) {
            let why = format!("the certificate's key is not one for {:?}", self.algorithm);
            return Err(Reason::SignatureInvalid(why));
        }
        let key = UnparsedPublicKey::new(algorithm, leaf.spki());
        let verified = key.verify(&self.signed, &self.signature);
        verified.map_err(|_| Reason::SignatureInvalid("by the key of its certificate".to_owned()))
    }
}
