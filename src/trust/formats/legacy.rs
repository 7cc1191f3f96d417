//! What cosign's legacy forms keep in a layer's annotations, brought into the form of a bundle of version 0.1: the same
//! checks then hold for both.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::sealed::{Sealed, Signed, decoded};
use crate::trust::model::{Reason, read_json};

const CERTIFICATE: &str = "dev.sigstore.cosign/certificate";
const CHAIN: &str = "dev.sigstore.cosign/chain";
const BUNDLE: &str = "dev.sigstore.cosign/bundle";
const TIMESTAMP: &str = "dev.sigstore.cosign/rfc3161timestamp";
const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle+json;version=0.1";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RekorBundle {
    signed_entry_timestamp: String,
    payload: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    body: String,
    integrated_time: i64,
    log_index: i64,
    #[serde(rename = "logID")]
    log_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    kind: String,
    api_version: String,
}

#[derive(Deserialize)]
struct Rfc3161 {
    #[serde(rename = "SignedRFC3161Timestamp")]
    timestamp: String,
}

/// Brings a signature and its layer's annotations together.
pub(super) fn seal(signed: Signed, annotations: &BTreeMap<String, String>) -> Result<Sealed, Reason> {
    let of = |name: &str| annotations.get(name).filter(|text| !text.is_empty());
    let hint = match &signed {
        Signed::Envelope(envelope) => envelope.hint.clone(),
        Signed::Message { .. } | Signed::Payload { .. } => None,
    };
    if of(CERTIFICATE).is_none() && of(BUNDLE).is_none() {
        // A key alone: there is nothing that the form of a bundle would help to check.
        let json = String::new();
        let by_certificate = false;
        return Ok(Sealed {
            signed,
            by_certificate,
            hint,
            logged: false,
            proven: false,
            needs_proof: false,
            json,
        });
    }
    let mut material = match of(CERTIFICATE) {
        Some(certificate) => {
            let chain = of(CHAIN).map_or("", String::as_str);
            let certificates = certificates(certificate)?.into_iter().chain(certificates_but_roots(chain)?);
            let certificates: Vec<Value> =
                certificates.map(|der| json!({ "rawBytes": STANDARD.encode(der) })).collect();
            json!({ "x509CertificateChain": { "certificates": certificates } })
        }
        None => json!({ "publicKey": { "hint": "" } }),
    };
    let logged = of(BUNDLE).map(|text| entry(text)).transpose()?;
    let is_logged = logged.is_some();
    if let Some(entry) = logged {
        material["tlogEntries"] = json!([entry]);
    }
    if let Some(text) = of(TIMESTAMP) {
        let Rfc3161 { timestamp } = read_json(text.as_bytes())?;
        material["timestampVerificationData"] =
            json!({ "rfc3161Timestamps": [{ "signedTimestamp": timestamp }] });
    }
    let mut bundle = json!({ "mediaType": MEDIA_TYPE, "verificationMaterial": material });
    match &signed {
        Signed::Envelope(envelope) => {
            bundle["dsseEnvelope"] = json!({
                "payloadType": envelope.payload_type,
                "payload": STANDARD.encode(&envelope.payload),
                "signatures": [{ "sig": STANDARD.encode(&envelope.signature) }],
            });
        }
        Signed::Message { signature, .. } => {
            bundle["messageSignature"] = json!({ "signature": STANDARD.encode(signature) });
        }
        Signed::Payload { signature, payload, .. } => {
            bundle["messageSignature"] = json!({
                "messageDigest": { "algorithm": "SHA2_256", "digest": STANDARD.encode(Sha256::digest(payload)) },
                "signature": STANDARD.encode(signature),
            });
        }
    }
    Ok(Sealed {
        signed,
        by_certificate: of(CERTIFICATE).is_some(),
        hint,
        logged: is_logged,
        proven: false,
        needs_proof: false,
        json: bundle.to_string(),
    })
}

fn entry(text: &str) -> Result<Value, Reason> {
    let RekorBundle { signed_entry_timestamp, payload } = read_json(text.as_bytes())?;
    let Body { kind, api_version } = read_json(&decoded("body", &payload.body)?)?;
    let log_id =
        hex::decode(&payload.log_id).map_err(|_| Reason::Malformed("`logID` is not hex".to_owned()))?;
    Ok(json!({
        "logIndex": payload.log_index.to_string(),
        "logId": { "keyId": STANDARD.encode(log_id) },
        "kindVersion": { "kind": kind, "version": api_version },
        "integratedTime": payload.integrated_time.to_string(),
        "inclusionPromise": { "signedEntryTimestamp": signed_entry_timestamp },
        "canonicalizedBody": payload.body,
    }))
}

fn certificates(text: &str) -> Result<Vec<CertificateDer<'static>>, Reason> {
    let certificates: Result<_, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    certificates
        .map_err(|error| Reason::Malformed(format!("an annotation holds no PEM certificate: {error}")))
}

/// The chain's intermediates: its root is for the policy to name.
fn certificates_but_roots(text: &str) -> Result<Vec<CertificateDer<'static>>, Reason> {
    let mut chain = certificates(text)?;
    chain.pop();
    Ok(chain)
}
