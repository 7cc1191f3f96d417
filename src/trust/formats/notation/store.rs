//! A trust store: the certificates to which a signer's must lead.

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

use crate::types::{Algorithm, Digest};

/// The certificates of authorities that a policy trusts, and of signers by themselves.
pub(in super::super) struct TrustStore {
    /// SHA-256 of its text as the policy holds it.
    pub(in super::super) digest: Digest,
    /// The authorities.
    pub(super) anchors: Vec<TrustAnchor<'static>>,
    /// All of its certificates.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

impl TrustStore {
    /// Reads PEM certificates.
    pub(in super::super) fn from_pem(text: &str) -> Result<Self, String> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        let certificates = certificates.map_err(|error| format!("it is no PEM: {error}"))?;
        if certificates.is_empty() {
            return Err("it holds no certificate".to_owned());
        }
        let anchor =
            |der: &CertificateDer<'static>| anchor_from_trusted_cert(der).map(|anchor| anchor.to_owned());
        let anchors: Result<Vec<_>, _> = certificates.iter().map(anchor).collect();
        let anchors = anchors.map_err(|error| format!("a certificate can't be read: {error}"))?;
        Ok(Self { digest: Digest::of(Algorithm::Sha256, text.as_bytes()), anchors, certificates })
    }
}
