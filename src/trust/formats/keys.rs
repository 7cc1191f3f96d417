//! Public keys by themselves: `cosign.pub`, and what `waybill key generate` writes.

use aws_lc_rs::digest::{Digest as Hash, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::SubjectPublicKeyInfoDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::key_identity::{EC_KEY, ED25519_KEY, KeyIdentity, P256, P384, RSA_KEY};

/// A public key, with every way in which signing tools sign with a key of its kind.
pub(super) struct PublicKey {
    spki: Vec<u8>,
    identity: KeyIdentity,
    /// None hashes first: Ed25519.
    ways: Vec<(Option<&'static aws_lc_rs::digest::Algorithm>, ParsedPublicKey)>,
}

impl PublicKey {
    /// Which key it is.
    pub(super) const fn identity(&self) -> &KeyIdentity {
        &self.identity
    }

    /// Reads `-----BEGIN PUBLIC KEY-----`.
    pub(super) fn from_pem(text: &str) -> Result<Self, String> {
        if text.contains("PRIVATE KEY-----") {
            return Err("its key is a private one: give the public key, and make a new pair".to_owned());
        }
        let keys: Result<Vec<_>, _> = SubjectPublicKeyInfoDer::pem_slice_iter(text.as_bytes()).collect();
        match keys.as_deref() {
            Ok([key]) => Self::from_spki(key),
            _ => {
                Err("its key can't be read: give one PEM that begins with -----BEGIN PUBLIC KEY-----"
                    .to_owned())
            }
        }
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    pub(super) fn from_spki(der: &[u8]) -> Result<Self, String> {
        let kind = "its key must be an ECDSA P-256 or P-384, an Ed25519, or an RSA key of 2048 to 8192 bits";
        let info = SubjectPublicKeyInfoOwned::from_der(der).map_err(|_| kind.to_owned())?;
        let curve = || info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok();
        let ways: &[(Option<&'static aws_lc_rs::digest::Algorithm>, &'static dyn VerificationAlgorithm)] =
            match info.algorithm.oid {
                ED25519_KEY => &[(None, &ED25519)],
                EC_KEY if curve() == Some(P256) => &[(Some(&SHA256), &ECDSA_P256_SHA256_ASN1)],
                // Cosign hashes with SHA-256 whatever the key is.
                EC_KEY if curve() == Some(P384) => {
                    &[(Some(&SHA384), &ECDSA_P384_SHA384_ASN1), (Some(&SHA256), &ECDSA_P384_SHA256_ASN1)]
                }
                RSA_KEY => &[
                    (Some(&SHA256), &RSA_PKCS1_2048_8192_SHA256),
                    (Some(&SHA256), &RSA_PSS_2048_8192_SHA256),
                    (Some(&SHA512), &RSA_PKCS1_2048_8192_SHA512),
                ],
                _ => return Err(kind.to_owned()),
            };
        let parsed = |(hash, way): &(_, _)| Some((*hash, ParsedPublicKey::new(*way, der).ok()?));
        let ways = ways.iter().map(parsed).collect::<Option<Vec<_>>>().ok_or_else(|| kind.to_owned())?;
        let identity = KeyIdentity::of_spki(&info).ok_or_else(|| kind.to_owned())?;
        Ok(Self { spki: der.to_vec(), identity, ways })
    }

    /// The key as DER.
    pub(super) fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whether the key made a signature of a message.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        self.ways.iter().any(|(_, key)| key.verify_sig(message, signature).is_ok())
    }

    /// Whether the key made a signature of what has these hashes; never so of Ed25519, which signs the message itself.
    pub(super) fn signed_hashed(&self, hashes: &[Hash], signature: &[u8]) -> bool {
        self.ways.iter().any(|(algorithm, key)| {
            let of_this = |hash: &&Hash| Some(hash.algorithm()) == *algorithm;
            hashes.iter().find(of_this).is_some_and(|hash| key.verify_digest_sig(hash, signature).is_ok())
        })
    }

    /// Whether the key signs without hashing first, so that what it signs must be held whole.
    pub(super) fn signs_whole(&self) -> bool {
        self.ways.iter().any(|(hash, _)| hash.is_none())
    }

    /// Whether a hint, which nobody signed, names this key: SHA-256 of its DER, as cosign and in-toto write it.
    pub(super) fn is_hinted(&self, hint: &str) -> bool {
        let hash = Sha256::digest(&self.spki);
        hint == STANDARD.encode(hash) || hint.trim_start_matches("sha256:") == hex::encode(hash)
    }
}
