//! Sigstore bundles (sigstore/protobuf-specs, bundle v0.3) of an envelope that a known key signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::PublicKey;
use crate::trust::model::Envelope;

/// Their media type.
pub const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The bundle, as JSON. No transparency log holds it.
pub fn bundle(envelope: &Envelope, key: &PublicKey) -> Vec<u8> {
    let bundle = json!({
        "mediaType": BUNDLE,
        "verificationMaterial": { "publicKey": { "hint": key.hint() } },
        "dsseEnvelope": {
            "payload": STANDARD.encode(&envelope.payload),
            "payloadType": envelope.payload_type,
            "signatures": [{ "sig": STANDARD.encode(&envelope.signature) }],
        },
    });
    bundle.to_string().into_bytes()
}
