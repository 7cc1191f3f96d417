//! Notation in JSON (`signature-envelope-jws.md`): flattened JWS (RFC 7515, section 7.2.2).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls::pki_types::CertificateDer;
use serde::Deserialize;

use super::envelope::{Algorithm, Attributes, Envelope};
use crate::trust::model::{Reason, read_json};
use crate::types::Timestamp;

#[derive(Deserialize)]
struct JwsJson {
    payload: String,
    protected: String,
    header: HeaderJson,
    signature: String,
}

#[derive(Deserialize)]
struct HeaderJson {
    #[serde(default)]
    x5c: Vec<String>,
}

#[derive(Deserialize)]
struct ProtectedJson {
    alg: String,
    cty: String,
    #[serde(default)]
    crit: Vec<String>,
    #[serde(rename = "io.cncf.notary.signingScheme")]
    scheme: String,
    #[serde(rename = "io.cncf.notary.signingTime")]
    signing_time: Option<String>,
    #[serde(rename = "io.cncf.notary.authenticSigningTime")]
    authentic_time: Option<String>,
    #[serde(rename = "io.cncf.notary.expiry")]
    expiry: Option<String>,
}

/// Reads an envelope.
pub(super) fn read(bytes: &[u8]) -> Result<Envelope, Reason> {
    let JwsJson { payload, protected, header, signature } = read_json(bytes)?;
    let ProtectedJson { alg, cty, crit, scheme, signing_time, authentic_time, expiry } =
        read_json(&decoded("protected", &protected)?)?;
    let algorithm = match alg.as_str() {
        "PS256" => Algorithm::Ps256,
        "PS384" => Algorithm::Ps384,
        "PS512" => Algorithm::Ps512,
        "ES256" => Algorithm::Es256,
        "ES384" => Algorithm::Es384,
        "ES512" => Algorithm::Es512,
        _ => return Err(Reason::Unsupported(format!("the algorithm {alg:?} in notation's envelopes"))),
    };
    let certificate = |text: &String| {
        let der = STANDARD.decode(text).map_err(|_| Reason::Malformed("`x5c` is not base64".to_owned()))?;
        Ok(CertificateDer::from(der))
    };
    Ok(Envelope {
        algorithm,
        signed: format!("{protected}.{payload}").into_bytes(),
        signature: decoded("signature", &signature)?,
        payload: decoded("payload", &payload)?,
        attributes: Attributes {
            content_type: cty,
            scheme,
            critical: crit,
            signing_time: instant(signing_time)?,
            authentic_time: instant(authentic_time)?,
            expiry: instant(expiry)?,
        },
        chain: header.x5c.iter().map(certificate).collect::<Result<_, Reason>>()?,
    })
}

fn decoded(field: &str, text: &str) -> Result<Vec<u8>, Reason> {
    let bytes = URL_SAFE_NO_PAD.decode(text);
    bytes.map_err(|_| Reason::Malformed(format!("`{field}` is not base64url without padding")))
}

fn instant(text: Option<String>) -> Result<Option<Timestamp>, Reason> {
    text.map(|text| text.parse().map_err(|error| Reason::Malformed(format!("{text:?}: {error}")))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_stand_twice_are_refused_in_the_protected_header_too() {
        let protected = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","alg":"PS256"}"#);
        let text = format!(r#"{{"payload":"e30","protected":"{protected}","header":{{}},"signature":"AA"}}"#);
        assert_eq!(read(text.as_bytes()).err(), Some(Reason::DuplicateKey("alg".to_owned())));
        let text =
            format!(r#"{{"payload":"e30=","protected":"{protected}","header":{{}},"signature":"AA"}}"#);
        assert!(read(text.as_bytes()).is_err());
    }
}
