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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::Value;
    use sigstore_verify::trust_root::SIGSTORE_PRODUCTION_TRUSTED_ROOT;

    use super::super::content::About;
    use super::super::{sealed, signers};
    use super::*;
    use crate::types::{Algorithm, Digest, Timestamp};

    const IDENTITY: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";

    fn pem(der: &str) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n")
    }

    /// A signature by identity as cosign's legacy form would hold it: the annotations of a bundle of version 0.1.
    fn annotations(bundle: &Value) -> BTreeMap<String, String> {
        let material = &bundle["verificationMaterial"];
        let entry = &material["tlogEntries"][0];
        let number = |value: &Value| value.as_str().unwrap().parse::<i64>().unwrap();
        let rekor = json!({
            "SignedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "Payload": {
                "body": entry["canonicalizedBody"],
                "integratedTime": number(&entry["integratedTime"]),
                "logIndex": number(&entry["logIndex"]),
                "logID": hex::encode(STANDARD.decode(entry["logId"]["keyId"].as_str().unwrap()).unwrap()),
            },
        });
        let certificates = material["x509CertificateChain"]["certificates"].as_array().unwrap();
        let certificate = pem(certificates[0]["rawBytes"].as_str().unwrap());
        BTreeMap::from([
            (BUNDLE.to_owned(), rekor.to_string()),
            (CHAIN.to_owned(), format!("{certificate}{certificate}")),
            (CERTIFICATE.to_owned(), certificate),
        ])
    }

    #[test]
    fn a_legacy_signature_by_identity() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/sigstore-bundles");
        let Ok(bundle) = fs::read(folder.join("happy-path-v0.1/bundle.sigstore.json")) else {
            eprintln!("SKIPPED: there are no vectors in {}", folder.display());
            return;
        };
        let bundle: Value = serde_json::from_slice(&bundle).unwrap();
        let payload = fs::read(folder.join("a.txt")).unwrap();
        let root: Value = serde_json::from_str(SIGSTORE_PRODUCTION_TRUSTED_ROOT).unwrap();
        let policy = json!({
            "trusted_roots": { "public": root },
            "signers": [{ "name": "workflow", "by": { "identity": {
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": IDENTITY,
                "trusted_root": "public",
            } } }],
        });
        let signers = signers::compile(&serde_json::from_str(&policy.to_string()).unwrap()).unwrap();
        let names = [&Digest::of(Algorithm::Sha256, b"x")];
        let about = About {
            repository: &"acme/app".parse().unwrap(),
            names: &names,
            seen_at: Timestamp::from_micros(0),
            content: None,
        };
        let made_by = |payload: &[u8], annotations: &BTreeMap<String, String>| {
            let signature = bundle["messageSignature"]["signature"].as_str().unwrap();
            let signature = STANDARD.decode(signature).unwrap();
            let signed = Signed::Payload { signature, payload: payload.to_vec(), of_this: true };
            let findings = sealed::verify(&signers, &seal(signed, annotations).unwrap(), &about).unwrap();
            findings.made_by.len()
        };
        let good = annotations(&bundle);
        assert_eq!(made_by(&payload, &good), 1);
        assert_eq!(made_by(b"altered", &good), 0);
        let mut stripped = good.clone();
        stripped.remove(BUNDLE);
        assert_eq!(made_by(&payload, &stripped), 0, "a certificate counts with a log only");
        let mut later = good;
        later
            .insert(BUNDLE.to_owned(), later[BUNDLE].replace("\"integratedTime\":1", "\"integratedTime\":2"));
        assert_eq!(made_by(&payload, &later), 0, "the promise is of another time");
    }
}
