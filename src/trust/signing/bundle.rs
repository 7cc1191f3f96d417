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

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use serde_json::Value;

    use super::*;
    use crate::trust::model::pae;
    use crate::trust::signing::{Predicate, SigningKey, sign, statement};
    use crate::types::{Algorithm, Digest};

    /// The private key of RFC 8410, section 10.3.
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n\
        -----END PRIVATE KEY-----\n";

    /// Made by this code and verified by cosign v3.1.3; such signatures are the same each time.
    const GOLDEN: &str = concat!(
        r#"{"dsseEnvelope":{"payload":"eyJfdHlwZSI6Imh0dHBzOi8vaW4tdG90by5pby9TdGF0ZW1lbnQvdjEiLCJzdWJqZWN0IjpbeyJkaWdlc3QiOnsic2hhMjU2IjoiYzdjNWMxZDcwYzVkZWM0NDE2YWI2MTU4YWZkMGIyMjNlZjQwYzI5YjFkYzFmOTdlZDk0MjhiOTRkNGNhZGIxYyJ9fV0sInByZWRpY2F0ZVR5cGUiOiJodHRwczovL3NpZ3N0b3JlLmRldi9jb3NpZ24vc2lnbi92MSIsInByZWRpY2F0ZSI6e319","#,
        r#""payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"XHeCwZ2D9XWAZame9hTUb6BvkJNT8DZoKf5hEbnCsWls6p4AOFIWynDg9DjXPg2SVyQohWKp92nQFBh5yeTEDg=="}]},"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{"hint":"oekVYFTgT6yJmunydRMs3Ael28TqLCrTof/G4NJTaB8="}}}"#,
    );

    #[test]
    fn golden() {
        let key = SigningKey::from_pem(&SecretString::from(KEY)).unwrap();
        let subject = Digest::of(Algorithm::Sha256, b"artifact");
        let envelope = sign(&key, statement(&[subject], &Predicate::signature()));
        let made = bundle(&envelope, &key.public().unwrap());
        assert_eq!(String::from_utf8(made.clone()).unwrap(), GOLDEN);
        let bundle: Value = serde_json::from_slice(&made).unwrap();
        let read = Envelope::parse(bundle["dsseEnvelope"].to_string().as_bytes()).unwrap();
        assert_eq!(read, envelope);
        assert!(read.signed_bytes().starts_with(b"DSSEv1 28 application/vnd.in-toto+json "));
        assert_eq!(read.signed_bytes(), pae(&read.payload_type, &read.payload));
    }
}
