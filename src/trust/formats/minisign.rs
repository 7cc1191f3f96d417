//! Minisign signatures (jedisct1/minisign) of an artifact's file or manifest.

use std::io::Read as _;

use minisign_verify::{Error, PublicKey, Signature};

use super::content::{About, Message};
use super::findings::{Claim, Findings, MadeBy};
use super::message;
use super::signers::{By, Signer};
use crate::trust::model::{Evidence, Reason};

/// What a minisign signature begins with.
pub(super) const BEGIN: &str = "untrusted comment:";
/// The old form signs the file itself, not its hash: it must be held whole.
const WHOLE: u64 = 16 << 20;

/// A minisign public key.
pub(super) struct MinisignKey(PublicKey);

impl MinisignKey {
    /// Reads the file, or its second line.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let key = if text.contains('\n') { PublicKey::decode(text) } else { PublicKey::from_base64(text) };
        key.map(Self).map_err(|error| format!("its key is no minisign public key: {error}"))
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
    let mut messages = Messages { about, signature: &signature };
    for signer in signers {
        let By::Minisign(key) = &signer.by else { continue };
        match messages.signed_by(&key.0)? {
            Signed::Yes => findings.made_by.push(MadeBy { signer, trusted_root: None, proof: Ok(None) }),
            Signed::OtherKey => {}
            Signed::No => {
                findings.unless =
                    Reason::SignatureInvalid("what is signed is not here, or altered".to_owned());
            }
        }
    }
    Ok(findings)
}

enum Signed {
    Yes,
    No,
    OtherKey,
}

struct Messages<'a> {
    about: &'a About<'a>,
    signature: &'a Signature,
}

impl Messages<'_> {
    fn signed_by(&mut self, key: &PublicKey) -> Result<Signed, Reason> {
        let missing = || Reason::ContentMissing("the artifact's manifest and file".to_owned());
        if self.about.content.is_none() {
            return Err(missing());
        }
        for source in message::contents(self.about) {
            let verified = match source.message()? {
                Message::Bytes(bytes) => key.verify(bytes, self.signature, true),
                Message::Reader(reader) => self.file(key, reader)?,
                Message::Digest(_) => return Err(missing()),
            };
            match verified {
                Ok(()) => return Ok(Signed::Yes),
                Err(Error::UnexpectedKeyId) => return Ok(Signed::OtherKey),
                Err(_) => {}
            }
        }
        Ok(Signed::No)
    }

    fn file(
        &self,
        key: &PublicKey,
        mut reader: Box<dyn std::io::Read + '_>,
    ) -> Result<Result<(), Error>, Reason> {
        let broken = |error: std::io::Error| Reason::ContentMissing(error.to_string());
        let mut stream = match key.verify_stream(self.signature) {
            Ok(stream) => stream,
            Err(Error::UnsupportedLegacyMode) => {
                let mut bytes = Vec::new();
                let read = reader.take(WHOLE + 1).read_to_end(&mut bytes).map_err(broken)?;
                if read as u64 > WHOLE {
                    let why = "old minisign signatures sign small files only: sign the file's hash (-H)";
                    return Err(Reason::Unsupported(why.to_owned()));
                }
                return Ok(key.verify(&bytes, self.signature, true));
            }
            Err(error) => return Ok(Err(error)),
        };
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match reader.read(&mut chunk).map_err(broken)? {
                0 => return Ok(stream.finalize()),
                read => stream.update(&chunk[..read]),
            }
        }
    }
}
