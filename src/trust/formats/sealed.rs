//! What bundles and cosign's legacy annotations have in common: a signature, with a key or a certificate, and proofs of a
//! transparency log and of timestamp authorities.

use std::cell::OnceCell;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::content::About;
use super::dsse;
use super::findings::{Claim, Findings, MadeBy, nobody};
use super::keys::PublicKey;
use super::message::{self, Source};
use super::signers::{By, Root, Signer};
use super::sigstore::{Certified, ReadBundle};
use crate::trust::model::{Envelope, LogRule, Reason};
use crate::types::Digest;

/// A signature with what came with it.
pub(super) struct Sealed {
    /// What is signed.
    pub signed: Signed,
    /// Whether with a certificate, else with a key.
    pub by_certificate: bool,
    /// Which key, as somebody wrote who signed nothing.
    pub hint: Option<String>,
    /// Whether there are entries of a transparency log.
    pub logged: bool,
    /// Whether one of them has a proof of inclusion.
    pub proven: bool,
    /// Whether a promise of inclusion is too little: it is all that cosign's legacy form has.
    pub needs_proof: bool,
    /// All of it, as a bundle.
    pub json: String,
}

impl Sealed {
    /// All of it in the library's form, which must have read the same payload.
    fn bundle(&self) -> Result<ReadBundle, Reason> {
        let bundle = ReadBundle::parse(&self.json)?;
        match (&self.signed, bundle.payload()) {
            (Signed::Envelope(envelope), Some(payload)) if payload == envelope.payload => Ok(bundle),
            (Signed::Message { .. } | Signed::Payload { .. }, None) => Ok(bundle),
            _ => Err(Reason::Malformed("its payload can be read in two ways".to_owned())),
        }
    }
}

/// What is signed.
pub(super) enum Signed {
    /// An envelope's statement.
    Envelope(Envelope),
    /// The artifact's bytes.
    Message {
        /// The signature.
        signature: Vec<u8>,
        /// Of what, as it says.
        digest: Option<(String, String)>,
    },
    /// Bytes that came with it and name the artifact.
    Payload {
        /// The signature.
        signature: Vec<u8>,
        /// The bytes.
        payload: Vec<u8>,
        /// Whether they name this artifact.
        of_this: bool,
    },
}

/// Base64 in either alphabet, as JSON of protocol buffers may have it.
pub(super) fn decoded(field: &str, text: &str) -> Result<Vec<u8>, Reason> {
    STANDARD
        .decode(text)
        .or_else(|_| URL_SAFE.decode(text))
        .map_err(|_| Reason::Malformed(format!("`{field}` is not base64")))
}

/// Verifies it for all signers.
pub(super) fn verify<'a>(
    signers: &'a [Signer],
    sealed: &Sealed,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    let subject;
    let (claim, sources) = match &sealed.signed {
        Signed::Envelope(envelope) => {
            let statement = dsse::statement(envelope)?;
            // The library wants an artifact which the statement is about. Whether that is ours, we say.
            subject = statement.any_subject();
            let claim = Claim::statement(statement, about);
            let none = || claim.against.clone().unwrap_or(Reason::OtherSubject);
            let subject = subject.as_ref().ok_or_else(none)?;
            (claim, vec![Source::Digest(subject)])
        }
        Signed::Message { digest, .. } => {
            let (of_this, sources) = message::sources(digest.as_ref(), about)?;
            (Claim::signature(of_this), sources)
        }
        Signed::Payload { payload, of_this, .. } => {
            (Claim::signature(*of_this), vec![Source::Bytes(payload)])
        }
    };
    if sealed.by_certificate {
        by_certificate(signers, sealed, claim, &sources)
    } else {
        by_key(signers, sealed, claim, &sources)
    }
}

fn by_key<'a>(
    signers: &'a [Signer],
    sealed: &Sealed,
    claim: Claim,
    sources: &[Source<'_>],
) -> Result<Findings<'a>, Reason> {
    let bundle = OnceCell::new();
    let mut made_by = Vec::new();
    let mut unless = nobody(signers, sealed.hint.as_deref());
    for signer in signers {
        let By::Key(key, root) = &signer.by else { continue };
        if key.signs_whole() && sources.iter().any(|source| matches!(source, Source::LargeFile(..))) {
            unless = Reason::Unsupported("Ed25519 signatures of files larger than 16 MiB".to_owned());
        }
        let Some(source) = signed_source(sealed, key, sources) else { continue };
        let root = root.as_deref().filter(|_| sealed.logged);
        let proof = match root {
            Some(_) if sealed.needs_proof && !sealed.proven => Err(Reason::LogProofMissing),
            Some(root) => bundle
                .get_or_init(|| sealed.bundle())
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|bundle| root.sigstore.by_key(bundle, source.message()?, key.spki())),
            None if signer.log == LogRule::Required => Err(Reason::LogProofMissing),
            None => Ok(None),
        };
        made_by.push(MadeBy { signer, trusted_root: root.map(|root| root.digest.clone()), proof });
    }
    Ok(Findings { claim, made_by, unless, seen: None })
}

/// Which of the sources a key signed.
fn signed_source<'s>(sealed: &Sealed, key: &PublicKey, sources: &'s [Source<'s>]) -> Option<&'s Source<'s>> {
    match &sealed.signed {
        Signed::Envelope(envelope) => {
            let signed = key.signed(&envelope.signed_bytes(), &envelope.signature);
            sources.first().filter(|_| signed)
        }
        Signed::Message { signature, .. } | Signed::Payload { signature, .. } => {
            sources.iter().find(|source| source.is_signed_by(key, signature))
        }
    }
}

fn by_certificate<'a>(
    signers: &'a [Signer],
    sealed: &Sealed,
    claim: Claim,
    sources: &[Source<'_>],
) -> Result<Findings<'a>, Reason> {
    let mut findings = Findings { claim, made_by: Vec::new(), unless: Reason::SignerUnknown, seen: None };
    let mut tried: Vec<(&Digest, Result<Certified, Reason>)> = Vec::new();
    let bundle = sealed.bundle()?;
    for signer in signers {
        let By::Identity { issuer, subject, root } = &signer.by else { continue };
        let place = match tried.iter().position(|(digest, _)| **digest == root.digest) {
            Some(place) => place,
            None => {
                tried.push((&root.digest, certified(root, &bundle, sources)));
                tried.len() - 1
            }
        };
        let Ok(certified) = &tried[place].1 else { continue };
        let is_subject = certified.subject.as_deref().is_some_and(|found| subject.matches_identity(found));
        if certified.issuer.as_ref() == Some(issuer) && is_subject {
            let trusted_root = Some(root.digest.clone());
            findings.made_by.push(MadeBy { signer, trusted_root, proof: Ok(certified.signed_at) });
        }
    }
    // Whose certificate leads to a root but to no signer is unknown; else the reason tells most that came furthest.
    let mut furthest = None;
    for (digest, result) in tried {
        match result {
            Ok(certified) => findings.seen = Some((digest.clone(), certified.signed_at)),
            Err(reason) => {
                let far = !matches!(reason, Reason::Certificate(_) | Reason::Timestamp(_));
                if furthest.as_ref().is_none_or(|(before, _)| far && !before) {
                    furthest = Some((far, reason));
                }
            }
        }
    }
    if let (None, Some((_, reason))) = (&findings.seen, furthest) {
        findings.unless = reason;
    }
    Ok(findings)
}

fn certified(root: &Root, bundle: &ReadBundle, sources: &[Source<'_>]) -> Result<Certified, Reason> {
    let mut last = Err(Reason::OtherArtifact);
    for source in sources {
        last = root.sigstore.by_certificate(bundle, source.message()?);
        if !matches!(last, Err(Reason::SignatureInvalid(_) | Reason::OtherArtifact)) {
            return last;
        }
    }
    last
}
