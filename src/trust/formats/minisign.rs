//! Minisign signatures (jedisct1/minisign) of an artifact's file or manifest.

use std::fmt::Display;
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign_verify::{Error, PublicKey, Signature};

use super::content::{About, Message};
use super::findings::{Claim, Findings, MadeBy};
use super::key_identity::KeyIdentity;
use super::message::{self, Source};
use super::signers::{By, Signer};
use crate::trust::model::{Evidence, Reason};

/// What a minisign signature begins with.
pub(super) const BEGIN: &str = "untrusted comment:";
/// Bytes before the key itself: its algorithm and its id.
const BEFORE_KEY: usize = 2 + 8;

/// A minisign public key.
pub(super) struct MinisignKey {
    key: PublicKey,
    identity: KeyIdentity,
}

impl MinisignKey {
    /// Which key it is, whatever id minisign gave it.
    pub(super) const fn identity(&self) -> &KeyIdentity {
        &self.identity
    }

    /// Reads the file, or its second line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // The line before it is a comment, which would make two keys of one.
        let text = text.trim().lines().next_back().unwrap_or_default().trim();
        let refused = |error: &dyn Display| format!("its key is no minisign public key: {error}");
        let key = PublicKey::from_base64(text).map_err(|error| refused(&error))?;
        let bytes = STANDARD.decode(text).map_err(|error| refused(&error))?;
        let identity = bytes.get(BEFORE_KEY..).and_then(|key| key.try_into().ok()).map(KeyIdentity::Ed25519);
        let identity = identity.ok_or_else(|| refused(&"it is not as long as one"))?;
        Ok(Self { key, identity })
    }
}

/// Verifies a signature.
pub(super) fn verify<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    let text = str::from_utf8(&evidence.bytes).map_err(|error| Reason::Malformed(error.to_string()))?;
    let signature = Signature::decode(text).map_err(|error| Reason::Malformed(error.to_string()))?;
    let mut findings = Findings {
        claim: Claim::signature(true),
        made_by: Vec::new(),
        unless: Reason::SignerUnknown,
        seen: None,
    };
    let missing = || Reason::ContentMissing("the artifact's manifest and file".to_owned());
    let sources = if about.content.is_some() { message::contents(about)? } else { return Err(missing()) };
    for signer in signers {
        let By::Minisign(key) = &signer.by else { continue };
        let mut signed = sources.iter().map(|source| is_signed(&key.key, &signature, source));
        match signed.find(|signed| !matches!(signed, Ok(false))) {
            Some(Ok(_)) => findings.made_by.push(MadeBy { signer, trusted_root: None, proof: Ok(None) }),
            Some(Err(Refusal::OtherKey)) => {}
            Some(Err(Refusal::Reason(reason))) => return Err(reason),
            None => {
                findings.unless =
                    Reason::SignatureInvalid("what is signed is not here, or altered".to_owned());
            }
        }
    }
    Ok(findings)
}

/// Why it can't be said whether a key signed something.
enum Refusal {
    /// The signature is by another key.
    OtherKey,
    Reason(Reason),
}

fn is_signed(key: &PublicKey, signature: &Signature, source: &Source<'_>) -> Result<bool, Refusal> {
    let verified = match source.message().map_err(Refusal::Reason)? {
        Message::Bytes(bytes) => key.verify(bytes, signature, true),
        Message::Reader(reader) => large(key, signature, reader)?,
        Message::Digest(_) => return Ok(false),
    };
    match verified {
        Ok(()) => Ok(true),
        Err(Error::UnexpectedKeyId) => Err(Refusal::OtherKey),
        Err(Error::UnsupportedLegacyMode) => {
            let why = "an old minisign signature of a large file: sign the file's hash (minisign -H)";
            Err(Refusal::Reason(Reason::Unsupported(why.to_owned())))
        }
        Err(_) => Ok(false),
    }
}

fn large(
    key: &PublicKey,
    signature: &Signature,
    mut reader: impl Read,
) -> Result<Result<(), Error>, Refusal> {
    let mut stream = match key.verify_stream(signature) {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error)),
    };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(stream.finalize()),
            Ok(read) => stream.update(&chunk[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Refusal::Reason(Reason::ContentMissing(error.to_string()))),
        }
    }
}
