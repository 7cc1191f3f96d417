//! SSH signatures (OpenSSH, `PROTOCOL.sshsig`) of an artifact's file or manifest.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA512, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use ssh_key::public::{EcdsaPublicKey, KeyData};
use ssh_key::{Algorithm as KeyAlgorithm, HashAlg, PublicKey, SshSig};

use super::content::About;
use super::findings::{Claim, Findings, MadeBy};
use super::key_identity::KeyIdentity;
use super::message;
use super::signers::{By, Signer};
use crate::trust::model::{Evidence, Reason};
use crate::types::Algorithm;

/// What an SSH signature begins with.
pub(super) const BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
/// What signed data and signatures begin with.
const MAGIC: &[u8] = b"SSHSIG";

/// An SSH public key, for a namespace.
pub(super) struct SshKey {
    key: KeyData,
    identity: KeyIdentity,
    namespace: String,
}

impl SshKey {
    /// Which key it is, for whatever namespace.
    pub(super) const fn identity(&self) -> &KeyIdentity {
        &self.identity
    }

    /// Reads `ssh-ed25519 AAAA…`.
    pub(super) fn parse(text: &str, namespace: &str) -> Result<Self, String> {
        let key = PublicKey::from_openssh(text.trim());
        let key = key.map_err(|error| format!("its key is no SSH public key: {error}"))?.key_data().clone();
        if namespace.is_empty() {
            return Err(
                "its `namespace` is empty: give what signatures are made for, as in ssh-keygen -n".to_owned()
            );
        }
        let identity = KeyIdentity::of_ssh(&key)
            .ok_or_else(|| "its key must be Ed25519, ECDSA P-256 or P-384, or RSA".to_owned())?;
        Ok(Self { key, identity, namespace: namespace.to_owned() })
    }
}

/// Verifies a signature.
pub(super) fn verify<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    let text = str::from_utf8(&evidence.bytes).map_err(|error| Reason::Malformed(error.to_string()))?;
    let signature = SshSig::from_pem(text.trim()).map_err(|error| Reason::Malformed(error.to_string()))?;
    let mut findings = Findings {
        claim: Claim::signature(true),
        made_by: Vec::new(),
        unless: Reason::SignerUnknown,
        seen: None,
    };
    // The key stands in the signature: whoever has another did not make it.
    let of_key = |signer: &'a Signer| match &signer.by {
        By::Ssh(key) if key.key == *signature.public_key() => Some((signer, key)),
        _ => None,
    };
    let candidates: Vec<_> = signers.iter().filter_map(of_key).collect();
    if candidates.is_empty() {
        return Ok(findings);
    }
    let is_signed = is_signed(&signature, about)?;
    for (signer, key) in candidates {
        // The namespace is signed: a signature of mail or a commit is none of an artifact.
        if key.namespace != signature.namespace() {
            let found = signature.namespace().to_owned();
            findings.unless =
                Reason::SignatureInvalid(format!("it was made for {found:?}, not {:?}", key.namespace));
        } else if is_signed {
            findings.made_by.push(MadeBy { signer, trusted_root: None, proof: Ok(None) });
        } else {
            findings.unless = Reason::SignatureInvalid("what is signed is not here, or altered".to_owned());
        }
    }
    Ok(findings)
}

/// Whether the key in the signature signed the manifest or the file.
fn is_signed(signature: &SshSig, about: &About<'_>) -> Result<bool, Reason> {
    let missing = |why: &str| Reason::ContentMissing(why.to_owned());
    let algorithm = match signature.hash_alg() {
        HashAlg::Sha256 => Algorithm::Sha256,
        HashAlg::Sha512 => Algorithm::Sha512,
        other => return Err(Reason::Unsupported(format!("SSH signatures by {other}"))),
    };
    if about.content.is_none() {
        return Err(missing("the artifact's manifest and file"));
    }
    for source in message::contents(about)? {
        let digest = source.digest(algorithm).ok_or_else(|| missing("the artifact's file"))?;
        let hash = hex::decode(digest.hex()).map_err(|error| Reason::Malformed(error.to_string()))?;
        if fits(signature, &signed_data(signature, &hash))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `PROTOCOL.sshsig`, section 3: what is signed.
fn signed_data(signature: &SshSig, hash: &[u8]) -> Vec<u8> {
    let mut data = MAGIC.to_vec();
    let algorithm = signature.hash_alg();
    for field in [signature.namespace().as_bytes(), signature.reserved(), algorithm.as_str().as_bytes(), hash]
    {
        data.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        data.extend_from_slice(field);
    }
    data
}

fn fits(signature: &SshSig, data: &[u8]) -> Result<bool, Reason> {
    let bytes = signature.signature_bytes();
    let other = || Reason::Unsupported(format!("SSH signatures of algorithm {}", signature.algorithm()));
    let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8], bytes: &[u8]| {
        UnparsedPublicKey::new(algorithm, key).verify(data, bytes).is_ok()
    };
    Ok(match (signature.public_key(), signature.algorithm()) {
        (KeyData::Ed25519(key), KeyAlgorithm::Ed25519) => by(&ED25519, &key.0, bytes),
        (KeyData::Ecdsa(key), KeyAlgorithm::Ecdsa { .. }) => {
            let (algorithm, size): (&'static dyn VerificationAlgorithm, _) = match key {
                EcdsaPublicKey::NistP256(_) => (&ECDSA_P256_SHA256_FIXED, 32),
                EcdsaPublicKey::NistP384(_) => (&ECDSA_P384_SHA384_FIXED, 48),
                EcdsaPublicKey::NistP521(_) => return Err(other()),
            };
            fixed(bytes, size).is_some_and(|fixed| by(algorithm, key.as_sec1_bytes(), &fixed))
        }
        // Not with SHA-1.
        (KeyData::Rsa(key), KeyAlgorithm::Rsa { hash: Some(hash) }) => {
            let (Some(n), Some(e)) = (key.n.as_positive_bytes(), key.e.as_positive_bytes()) else {
                return Ok(false);
            };
            let parameters = match hash {
                HashAlg::Sha256 => &RSA_PKCS1_2048_8192_SHA256,
                _ => &RSA_PKCS1_2048_8192_SHA512,
            };
            RsaPublicKeyComponents { n, e }.verify(parameters, data, bytes).is_ok()
        }
        _ => return Err(other()),
    })
}

/// Two numbers as SSH writes them (RFC 5656, section 3.1.2), side by side at their full size.
fn fixed(bytes: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut rest = bytes;
    let mut fixed = vec![0; 2 * size];
    for half in fixed.chunks_mut(size) {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (number, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        let number = if let [0, number @ ..] = number { number } else { number };
        half[size.checked_sub(number.len())?..].copy_from_slice(number);
        rest = after;
    }
    rest.is_empty().then_some(fixed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_stand_at_their_full_size(numbers in proptest::array::uniform2(any::<[u8; 4]>())) {
            let mut bytes = Vec::new();
            for number in &numbers {
                let mut number = number.as_slice();
                while let [0, rest @ ..] = number {
                    number = rest;
                }
                // A number whose first bit is set would be a negative one.
                let sign: &[u8] = if number.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
                let length = u32::try_from(sign.len() + number.len()).unwrap();
                bytes.extend([&length.to_be_bytes(), sign, number].concat());
            }
            prop_assert_eq!(fixed(&bytes, 4), Some(numbers.concat()));
            bytes.push(0);
            prop_assert_eq!(fixed(&bytes, 4), None);
        }

        #[test]
        fn whatever_comes_is_read_or_not(bytes: Vec<u8>) {
            prop_assert!(fixed(&bytes, 32).is_none_or(|fixed| fixed.len() == 64));
        }
    }
}
