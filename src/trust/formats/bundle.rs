//! Sigstore bundles (sigstore/protobuf-specs, `sigstore_bundle.proto`), versions 0.1 to 0.3.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::content::About;
use super::findings::Findings;
use super::sealed::{self, Sealed, Signed};
use super::signers::Signer;
use crate::trust::model::{Envelope, Evidence, Reason, read_json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BundleJson {
    media_type: String,
    verification_material: MaterialJson,
    dsse_envelope: Option<Box<RawValue>>,
    message_signature: Option<MessageSignatureJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MaterialJson {
    certificate: Option<IgnoredAny>,
    #[serde(rename = "x509CertificateChain")]
    chain: Option<IgnoredAny>,
    public_key: Option<KeyJson>,
    tlog_entries: Option<Vec<EntryJson>>,
    timestamp_verification_data: Option<TimestampsJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TimestampsJson {
    rfc3161_timestamps: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
struct KeyJson {
    hint: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EntryJson {
    inclusion_proof: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageSignatureJson {
    message_digest: Option<MessageDigestJson>,
    signature: String,
}

#[derive(Deserialize)]
pub(super) struct MessageDigestJson {
    algorithm: String,
    digest: String,
}

/// Each entry of a log and each timestamp costs some signatures to verify; nobody needs more of them than this.
const MOST_PROOFS: usize = 32;

/// Versions, by what bundles say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    /// 0.1 and 0.2: a chain of certificates.
    Chain,
    /// 0.3: one certificate.
    Certificate,
}

/// Verifies a bundle.
pub(super) fn verify<'a>(
    signers: &'a [Signer],
    evidence: &Evidence,
    about: &About<'_>,
) -> Result<Findings<'a>, Reason> {
    sealed::verify(signers, &read(evidence)?, about)
}

fn read(evidence: &Evidence) -> Result<Sealed, Reason> {
    let BundleJson { media_type, verification_material, dsse_envelope, message_signature } =
        read_json(&evidence.bytes)?;
    let MaterialJson { certificate, chain, public_key, tlog_entries, timestamp_verification_data } =
        verification_material;
    let version = match media_type.as_str() {
        "application/vnd.dev.sigstore.bundle+json;version=0.1"
        | "application/vnd.dev.sigstore.bundle+json;version=0.2" => Version::Chain,
        "application/vnd.dev.sigstore.bundle+json;version=0.3"
        | "application/vnd.dev.sigstore.bundle.v0.3+json" => Version::Certificate,
        _ => return Err(Reason::BundleVersion(format!("media type {media_type:?} is not read"))),
    };
    // Nobody signed the media type. What an older version does not have, such as a lone certificate, tells that a newer
    // bundle was made older than it is, to be rid of what the newer version demands.
    let by_certificate = match (version, &certificate, &chain, &public_key) {
        (Version::Certificate, Some(_), None, None) | (Version::Chain, None, Some(_), None) => true,
        (_, None, None, Some(_)) => false,
        (Version::Chain, Some(_), None, None) => {
            return Err(Reason::BundleVersion("a lone certificate is of version 0.3".to_owned()));
        }
        (Version::Certificate, None, Some(_), None) => {
            return Err(Reason::BundleVersion("version 0.3 has no chain of certificates".to_owned()));
        }
        _ => {
            return Err(Reason::Malformed("there must be one certificate, chain or public key".to_owned()));
        }
    };
    let signed = match (dsse_envelope, message_signature) {
        (Some(envelope), None) => Signed::Envelope(Envelope::parse(envelope.get().as_bytes())?),
        (None, Some(MessageSignatureJson { message_digest, signature })) => Signed::Message {
            signature: sealed::decoded("signature", &signature)?,
            digest: message_digest.map(|MessageDigestJson { algorithm, digest }| (algorithm, digest)),
        },
        _ => {
            return Err(Reason::Malformed(
                "there must be a DSSE envelope or a message's signature".to_owned(),
            ));
        }
    };
    let entries = tlog_entries.unwrap_or_default();
    let timestamps = timestamp_verification_data.and_then(|data| data.rfc3161_timestamps).unwrap_or_default();
    if entries.len() > MOST_PROOFS || timestamps.len() > MOST_PROOFS {
        let why = format!("a bundle with more than {MOST_PROOFS} entries of logs or timestamps");
        return Err(Reason::Unsupported(why));
    }
    // By a certificate, it is known what is missing; a key can do without a log, but not by another version's name.
    if version == Version::Chain && entries.is_empty() && !by_certificate {
        return Err(Reason::BundleVersion("before version 0.3 there is always a log's entry".to_owned()));
    }
    let text = str::from_utf8(&evidence.bytes).map_err(|error| Reason::Malformed(error.to_string()))?;
    Ok(Sealed {
        signed,
        by_certificate,
        hint: public_key.and_then(|key| key.hint).filter(|hint| !hint.is_empty()),
        logged: !entries.is_empty(),
        proven: entries.iter().any(|entry| entry.inclusion_proof.is_some()),
        needs_proof: true,
        json: text.to_owned(),
    })
}
