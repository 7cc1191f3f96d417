//! Tells evidence from other content by what it holds: names and media types are anyone's to choose.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::value::RawValue;

use super::findings::kind_of;
use super::{minisign, notation, sshsig};
use crate::trust::model::{Evidence, EvidenceKind, Format};
use crate::trust::predicates;

const BUNDLE: &str = "application/vnd.dev.sigstore.bundle";
const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
const DSSE: &str = "application/vnd.dsse.envelope.v1+json";

/// Recognises by content. None: not evidence. Kind, format and predicate type are told from the bytes, unverified. What
/// says by its media type that it is evidence and is not readable as such is evidence that will be refused.
pub fn recognise(
    media_type: &str,
    annotations: &BTreeMap<String, String>,
    bytes: &Bytes,
) -> Option<Evidence> {
    let (format, kind, predicate_type) = by_content(bytes).or_else(|| by_media_type(media_type))?;
    Some(Evidence {
        kind,
        format,
        predicate_type,
        media_type: media_type.to_owned(),
        annotations: annotations.clone(),
        bytes: bytes.clone(),
    })
}

/// Whether bytes are a signature that is no text: notation's in COSE is the only one.
pub fn is_binary_signature(bytes: &[u8]) -> bool {
    notation::is_cose(bytes)
}

type Recognised = (Format, EvidenceKind, Option<String>);

/// What it is by its bytes.
pub(super) fn by_content(bytes: &[u8]) -> Option<Recognised> {
    let signature = |format| Some((format, EvidenceKind::Signature, None));
    if notation::is_cose(bytes) {
        return signature(Format::NotationCose);
    }
    let text = str::from_utf8(bytes).ok()?.trim_start();
    if text.starts_with(minisign::BEGIN) {
        return signature(Format::Minisign);
    }
    if text.starts_with(sshsig::BEGIN) {
        return signature(Format::SshSig);
    }
    if !text.starts_with('{') {
        return None;
    }
    by_keys(text).or_else(|| {
        let predicate_type = predicates::document_type(bytes)?;
        Some((Format::Plain, EvidenceKind::Document, Some(predicate_type.to_owned())))
    })
}

/// An object's keys. One that stands twice is no matter here: verifying refuses it.
type Keys<'a> = BTreeMap<String, &'a RawValue>;

fn by_keys(text: &str) -> Option<Recognised> {
    let keys: Keys<'_> = serde_json::from_str(text).ok()?;
    let has = |key| keys.contains_key(key);
    let signature = |format| Some((format, EvidenceKind::Signature, None));
    if has("verificationMaterial") || string(&keys, "mediaType").is_some_and(|is| is.starts_with(BUNDLE)) {
        let envelope =
            keys.get("dsseEnvelope").and_then(|envelope| serde_json::from_str(envelope.get()).ok());
        return match envelope {
            Some(envelope) => Some(attested(Format::SigstoreBundle, &envelope)),
            None => signature(Format::SigstoreBundle),
        };
    }
    if has("payloadType") && has("payload") && has("signatures") {
        return Some(attested(Format::Dsse, &keys));
    }
    if has("payload") && has("protected") && has("signature") {
        let protected = string(&keys, "protected").and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())?;
        let header: Keys<'_> = serde_json::from_slice(&protected).ok()?;
        let is_notation = string(&header, "cty").as_deref() == Some(notation::PAYLOAD);
        return is_notation.then_some((Format::NotationJws, EvidenceKind::Signature, None));
    }
    let critical: Keys<'_> = serde_json::from_str(keys.get("critical")?.get()).ok()?;
    let image: Keys<'_> = serde_json::from_str(critical.get("image")?.get()).ok()?;
    image.contains_key("docker-manifest-digest").then_some((
        Format::SimpleSigning,
        EvidenceKind::Signature,
        None,
    ))
}

/// An envelope's kind, as its statement says.
fn attested(format: Format, envelope: &Keys<'_>) -> Recognised {
    let predicate_type = predicate_type(envelope);
    let kind = predicate_type.as_deref().map_or(EvidenceKind::Attestation, kind_of);
    (format, kind, predicate_type)
}

fn predicate_type(envelope: &Keys<'_>) -> Option<String> {
    let payload = string(envelope, "payload")?;
    let payload = STANDARD.decode(&payload).or_else(|_| URL_SAFE.decode(&payload)).ok()?;
    let statement: Keys<'_> = serde_json::from_slice(&payload).ok()?;
    string(&statement, "predicateType")
}

fn string(keys: &Keys<'_>, key: &str) -> Option<String> {
    serde_json::from_str(keys.get(key)?.get()).ok()
}

/// What says that it is evidence, and can't be read.
fn by_media_type(media_type: &str) -> Option<Recognised> {
    let signature = |format| Some((format, EvidenceKind::Signature, None));
    match media_type {
        SIMPLE_SIGNING => signature(Format::SimpleSigning),
        DSSE => Some((Format::Dsse, EvidenceKind::Attestation, None)),
        notation::JWS => signature(Format::NotationJws),
        notation::COSE => signature(Format::NotationCose),
        media_type if media_type.starts_with(BUNDLE) => signature(Format::SigstoreBundle),
        _ => None,
    }
}
