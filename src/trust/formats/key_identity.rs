//! Which key it is, in whatever form it is written: one key may be named as PEM, for minisign and for SSH.

use ssh_key::public::{EcdsaPublicKey, KeyData};
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::{ObjectIdentifier, SequenceOf, Uint};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

pub(super) const ED25519_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(super) const EC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const RSA_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(super) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// Bytes of a coordinate.
const P256_SIZE: usize = 32;
const P384_SIZE: usize = 48;

/// What whoever holds the private key holds, so that keys of the same identity are in the same hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeyIdentity {
    /// The public key (RFC 8032, section 5.1.5).
    Ed25519([u8; 32]),
    /// The x coordinate. A point may be written with and without y, and whoever has the private key of one of the two points
    /// at x has that of the other.
    P256([u8; P256_SIZE]),
    /// Likewise.
    P384([u8; P384_SIZE]),
    /// The modulus, without zeros before it: whoever can factor it has the private key for every exponent.
    Rsa(Vec<u8>),
}

impl KeyIdentity {
    /// Of a `SubjectPublicKeyInfo` (RFC 5280, section 4.1); none for kinds of keys that do not sign here.
    pub(super) fn of_spki(info: &SubjectPublicKeyInfoOwned) -> Option<Self> {
        let key = info.subject_public_key.as_bytes()?;
        match info.algorithm.oid {
            ED25519_KEY => key.try_into().ok().map(Self::Ed25519),
            EC_KEY => match info.algorithm.parameters.as_ref()?.decode_as::<ObjectIdentifier>().ok()? {
                P256 => x(key).map(Self::P256),
                P384 => x(key).map(Self::P384),
                _ => None,
            },
            // RFC 8017, appendix A.1.1.
            RSA_KEY => Some(Self::rsa(SequenceOf::<Uint, 2>::from_der(key).ok()?.get(0)?.as_bytes())),
            _ => None,
        }
    }

    /// Of an SSH key; none for kinds of keys that do not sign here.
    pub(super) fn of_ssh(key: &KeyData) -> Option<Self> {
        match key {
            KeyData::Ed25519(key) => Some(Self::Ed25519(key.0)),
            KeyData::Ecdsa(key @ EcdsaPublicKey::NistP256(_)) => x(key.as_sec1_bytes()).map(Self::P256),
            KeyData::Ecdsa(key @ EcdsaPublicKey::NistP384(_)) => x(key.as_sec1_bytes()).map(Self::P384),
            KeyData::Rsa(key) => key.n.as_positive_bytes().map(Self::rsa),
            _ => None,
        }
    }

    fn rsa(modulus: &[u8]) -> Self {
        Self::Rsa(modulus.iter().copied().skip_while(|byte| *byte == 0).collect())
    }
}

/// The x coordinate of a point (SEC 1, section 2.3.3), compressed or not.
fn x<const SIZE: usize>(point: &[u8]) -> Option<[u8; SIZE]> {
    point.get(1..=SIZE)?.try_into().ok()
}
