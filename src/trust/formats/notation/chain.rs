//! Chains of certificates, and what notation asks of them (`signature-specification.md`, "Certificate Requirements").

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage as Purpose};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::name::Subject;
use super::store::TrustStore;
use crate::trust::model::Reason;
use crate::types::Timestamp;

/// `id-kp-codeSigning` (RFC 5280, section 4.2.1.12), as DER without its head.
const CODE_SIGNING_DER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];
const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
/// Uses that a certificate for signing code may not have: any, servers, mail, timestamps, OCSP.
const OTHER_USES: [ObjectIdentifier; 5] = [
    ObjectIdentifier::new_unwrap("2.5.29.37.0"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8"),
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9"),
];
const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");
/// Longer chains than this are nobody's.
const LONGEST: usize = 10;

/// The kinds and sizes of keys that may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeySpec {
    Rsa2048,
    Rsa3072,
    Rsa4096,
    P256,
    P384,
    P521,
}

/// A certificate.
pub(super) struct Certificate {
    der: CertificateDer<'static>,
    read: x509_cert::Certificate,
    spki: Vec<u8>,
}

impl Certificate {
    fn parse(der: &CertificateDer<'static>) -> Result<Self, Reason> {
        let malformed = |_| Reason::Malformed("a certificate can't be read".to_owned());
        let read = x509_cert::Certificate::from_der(der).map_err(malformed)?;
        let spki = read.tbs_certificate.subject_public_key_info.to_der().map_err(malformed)?;
        Ok(Self { der: der.clone(), read, spki })
    }

    /// Its key as DER.
    pub(super) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// What kind of key it has; none that may sign otherwise.
    pub(super) fn key_spec(&self) -> Option<KeySpec> {
        let info = &self.read.tbs_certificate.subject_public_key_info;
        match info.algorithm.oid {
            EC_KEY => match info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()? {
                P256 => Some(KeySpec::P256),
                P384 => Some(KeySpec::P384),
                P521 => Some(KeySpec::P521),
                _ => None,
            },
            RSA_KEY => {
                let key = info.subject_public_key.as_bytes()?;
                let key = x509_cert::spki::der::asn1::SequenceOf::<RsaInteger, 2>::from_der(key).ok()?;
                match key.get(0)?.as_bytes().len() * 8 {
                    2048 => Some(KeySpec::Rsa2048),
                    3072 => Some(KeySpec::Rsa3072),
                    4096 => Some(KeySpec::Rsa4096),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn is_valid_at(&self, at: UnixTime) -> bool {
        let validity = &self.read.tbs_certificate.validity;
        let from = validity.not_before.to_unix_duration().as_secs();
        (from..=validity.not_after.to_unix_duration().as_secs()).contains(&at.as_secs())
    }
}

type RsaInteger = x509_cert::der::asn1::Uint;

/// The signer's certificate and those above it.
pub(super) struct Chain(Vec<Certificate>);

impl Chain {
    /// Reads a chain.
    pub(super) fn parse(chain: &[CertificateDer<'static>]) -> Result<Self, Reason> {
        if chain.is_empty() || chain.len() > LONGEST {
            let why = format!("there must be 1 to {LONGEST} certificates, there are {}", chain.len());
            return Err(Reason::Certificate(why));
        }
        chain.iter().map(Certificate::parse).collect::<Result<_, _>>().map(Self)
    }

    /// The signer's certificate.
    pub(super) fn leaf(&self) -> &Certificate {
        // A chain is never empty.
        &self.0[0]
    }

    /// The signer's name.
    pub(super) fn subject(&self) -> Subject {
        Subject::of(&self.leaf().read.tbs_certificate.subject)
    }

    /// Whether the first is a certificate for signing code, and those above it are such as may issue it.
    pub(super) fn check_leaf(&self) -> Result<(), Reason> {
        let refused = |why: &str| Err(Reason::Certificate(why.to_owned()));
        let malformed = |_| Reason::Certificate("its extensions can't be read".to_owned());
        let leaf = &self.leaf().read.tbs_certificate;
        if leaf.get::<BasicConstraints>().map_err(malformed)?.is_some_and(|(_, constraints)| constraints.ca) {
            return refused("an authority's certificate does not sign artifacts");
        }
        match leaf.get::<KeyUsage>().map_err(malformed)? {
            Some((true, usage)) if signs_only(usage) => {}
            _ => return refused("its key usage must be critical, and digital signatures alone"),
        }
        if let Some((_, ExtendedKeyUsage(uses))) = leaf.get::<ExtendedKeyUsage>().map_err(malformed)? {
            let other = uses.iter().any(|purpose| OTHER_USES.contains(purpose));
            if other || !uses.contains(&CODE_SIGNING) {
                return refused("its extended key usage must be that of signing code, and no other");
            }
        }
        for issuer in &self.0[1..] {
            let usage = issuer.read.tbs_certificate.get::<KeyUsage>().map_err(malformed)?;
            if usage.is_some_and(|(_, usage)| !usage.key_cert_sign()) {
                return refused("a certificate above it may not issue certificates");
            }
        }
        Ok(())
    }

    /// Whether it leads to a store, at a moment at which all of its certificates are valid.
    pub(super) fn leads_to(&self, store: &TrustStore, at: Timestamp) -> Result<(), Reason> {
        let micros = u64::try_from(at.micros()).unwrap_or_default();
        let at = UnixTime::since_unix_epoch(Duration::from_micros(micros));
        let in_store = store.certificates.contains(&self.leaf().der);
        if !in_store {
            self.verify_path(store, at)?;
        }
        if self.0.iter().all(|certificate| certificate.is_valid_at(at)) {
            Ok(())
        } else {
            Err(Reason::CertificateExpired(
                "one of its chain is not valid when the signature was seen".to_owned(),
            ))
        }
    }

    fn verify_path(&self, store: &TrustStore, at: UnixTime) -> Result<(), Reason> {
        let above: Vec<_> = self.0[1..].iter().map(|certificate| certificate.der.clone()).collect();
        let refused = |error: webpki::Error| match error {
            webpki::Error::CertExpired { .. } | webpki::Error::CertNotValidYet { .. } => {
                Reason::CertificateExpired(error.to_string())
            }
            _ => Reason::Certificate(error.to_string()),
        };
        let leaf = EndEntityCert::try_from(&self.leaf().der).map_err(refused)?;
        let purpose = Purpose::required_if_present(CODE_SIGNING_DER);
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &store.anchors, &above, at, purpose, None, None)
            .map(drop)
            .map_err(refused)
    }
}

/// Whether a key is for digital signatures, and for nothing else.
fn signs_only(usage: KeyUsage) -> bool {
    let other = usage.non_repudiation()
        || usage.key_encipherment()
        || usage.data_encipherment()
        || usage.key_agreement()
        || usage.key_cert_sign()
        || usage.crl_sign()
        || usage.encipher_only()
        || usage.decipher_only();
    usage.digital_signature() && !other
}
