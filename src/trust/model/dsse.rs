//! DSSE envelopes (secure-systems-lab/dsse, protocol and envelope v1).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::Deserialize;

use super::json::{self, JsonError};
use super::reason::Reason;

/// The payload type of in-toto statements, and what cosign writes for it in its legacy attachments.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EnvelopeJson {
    payload_type: String,
    payload: String,
    signatures: Vec<SignatureJson>,
}

#[derive(Deserialize)]
struct SignatureJson {
    sig: String,
    keyid: Option<String>,
}

/// An envelope with exactly one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the payload is.
    pub payload_type: String,
    /// The payload: what is verified is what is read.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
    /// The `keyid`. Nobody signed it: it words a refusal, and decides nothing.
    pub hint: Option<String>,
}

impl Envelope {
    /// Reads an envelope.
    ///
    /// # Errors
    /// `DuplicateKey`, `Malformed`, `SignatureCount`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Reason> {
        let EnvelopeJson { payload_type, payload, signatures } = json::read(bytes)?;
        let [SignatureJson { sig, keyid }] = signatures.as_slice() else {
            return Err(Reason::SignatureCount { count: signatures.len() });
        };
        let (payload, signature) = (decoded("payload", &payload)?, decoded("sig", sig)?);
        Ok(Self { payload_type, payload, signature, hint: keyid.clone().filter(|hint| !hint.is_empty()) })
    }

    /// What is signed: the pre-authentication encoding.
    pub fn signed_bytes(&self) -> Vec<u8> {
        pae(&self.payload_type, &self.payload)
    }
}

/// `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Base64 in either alphabet, as the protocol wants it of readers.
fn decoded(field: &str, text: &str) -> Result<Vec<u8>, Reason> {
    let bytes = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
    bytes.map_err(|_| Reason::Malformed(format!("`{field}` of the DSSE envelope is not base64")))
}

impl From<JsonError> for Reason {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::DuplicateKey(key) => Self::DuplicateKey(key),
            JsonError::Malformed(why) => Self::Malformed(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The protocol's own example.
    #[test]
    fn what_is_signed_is_what_the_protocol_says() {
        let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(pae("http://example.com/HelloWorld", b"hello world"), expected);
    }

    #[test]
    fn an_envelope_has_one_signature() {
        let envelope = |signatures: &str| {
            let text = format!(r#"{{"payloadType":"t","payload":"aGk=","signatures":[{signatures}]}}"#);
            Envelope::parse(text.as_bytes())
        };
        let of = |hint: Option<&str>| Envelope {
            payload_type: "t".to_owned(),
            payload: b"hi".to_vec(),
            signature: vec![251],
            hint: hint.map(str::to_owned),
        };
        let one = of(None);
        assert_eq!(envelope(r#"{"keyid":"k","sig":"+w=="}"#), Ok(of(Some("k"))));
        assert_eq!(envelope(r#"{"keyid":"","sig":"+w=="}"#), Ok(one.clone()));
        assert_eq!(envelope(r#"{"sig":"-w=="}"#), Ok(one), "the other alphabet");
        assert_eq!(envelope(""), Err(Reason::SignatureCount { count: 0 }));
        assert_eq!(envelope(r#"{"sig":"+w=="},{"sig":"+w=="}"#), Err(Reason::SignatureCount { count: 2 }));
        assert!(matches!(envelope(r#"{"sig":"+w==","sig":"+w=="}"#), Err(Reason::DuplicateKey(_))));
        assert!(matches!(envelope(r#"{"sig":"*"}"#), Err(Reason::Malformed(_))));
    }
}
