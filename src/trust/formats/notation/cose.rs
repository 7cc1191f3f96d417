//! Notation in CBOR (`signature-envelope-cose.md`): COSE_Sign1 (RFC 9052, section 4.2).

use coset::cbor::value::Value;
use coset::iana::{Algorithm as Registered, HeaderParameter};
use coset::{ContentType, CoseSign1, Header, Label, RegisteredLabelWithPrivate, TaggedCborSerializable as _};
use rustls::pki_types::CertificateDer;

use super::PAYLOAD;
use super::envelope::{AUTHENTIC_TIME, Algorithm, Attributes, EXPIRY, Envelope, SCHEME, SIGNING_TIME};
use crate::trust::model::Reason;
use crate::types::Timestamp;

/// The tag of COSE_Sign1, as its one byte.
const TAG: u8 = 0xd2;
/// The label of a chain of certificates (RFC 9360).
const X5CHAIN: Label = Label::Int(33);
/// A time as seconds (RFC 8949, section 3.4.2).
const EPOCH_TIME: u64 = 1;

/// Whether bytes are a COSE envelope of notation.
pub(in super::super) fn is_cose(bytes: &[u8]) -> bool {
    let of_notation = |sign: &CoseSign1| content_type(&sign.protected.header) == PAYLOAD;
    bytes.first() == Some(&TAG) && CoseSign1::from_tagged_slice(bytes).is_ok_and(|sign| of_notation(&sign))
}

/// Reads an envelope.
pub(super) fn read(bytes: &[u8]) -> Result<Envelope, Reason> {
    let malformed = |why: &str| Reason::Malformed(why.to_owned());
    let sign = CoseSign1::from_tagged_slice(bytes).map_err(|error| Reason::Malformed(error.to_string()))?;
    let signed = sign.tbs_data(&[]);
    let CoseSign1 { protected, unprotected, payload, signature } = sign;
    let header = &protected.header;
    let algorithm = match &header.alg {
        Some(RegisteredLabelWithPrivate::Assigned(algorithm)) => match algorithm {
            Registered::PS256 => Algorithm::Ps256,
            Registered::PS384 => Algorithm::Ps384,
            Registered::PS512 => Algorithm::Ps512,
            Registered::ES256 => Algorithm::Es256,
            Registered::ES384 => Algorithm::Es384,
            Registered::ES512 => Algorithm::Es512,
            other => {
                return Err(Reason::Unsupported(format!("the algorithm {other:?} in notation's envelopes")));
            }
        },
        _ => return Err(malformed("there is no algorithm")),
    };
    Ok(Envelope {
        algorithm,
        signed,
        signature,
        payload: payload.ok_or_else(|| malformed("there is no payload"))?,
        attributes: Attributes {
            content_type: content_type(header),
            scheme: text(header, SCHEME).ok_or_else(|| malformed("there is no signing scheme"))?,
            critical: header.crit.iter().map(name).collect(),
            signing_time: instant(header, SIGNING_TIME)?,
            authentic_time: instant(header, AUTHENTIC_TIME)?,
            expiry: instant(header, EXPIRY)?,
        },
        chain: chain(&unprotected)?,
    })
}

fn content_type(header: &Header) -> String {
    match &header.content_type {
        Some(ContentType::Text(text)) => text.clone(),
        Some(ContentType::Assigned(format)) => format!("{format:?}"),
        None => String::new(),
    }
}

fn get<'a>(header: &'a Header, label: &Label) -> Option<&'a Value> {
    header.rest.iter().find(|(found, _)| found == label).map(|(_, value)| value)
}

fn text(header: &Header, label: &str) -> Option<String> {
    get(header, &Label::Text(label.to_owned()))?.as_text().map(str::to_owned)
}

fn instant(header: &Header, label: &str) -> Result<Option<Timestamp>, Reason> {
    let Some(value) = get(header, &Label::Text(label.to_owned())) else { return Ok(None) };
    let seconds = match value {
        Value::Tag(EPOCH_TIME, inner) => inner.as_integer().and_then(|seconds| i64::try_from(seconds).ok()),
        _ => None,
    };
    let micros = seconds.and_then(|seconds| seconds.checked_mul(1_000_000));
    let instant = micros.map(Timestamp::from_micros);
    instant.map(Some).ok_or_else(|| Reason::Malformed(format!("{label} is no time")))
}

/// A critical label, as text.
fn name(label: &RegisteredLabelWithPrivate<HeaderParameter>) -> String {
    match label {
        RegisteredLabelWithPrivate::Text(text) => text.clone(),
        RegisteredLabelWithPrivate::Assigned(parameter) => format!("{parameter:?}"),
        RegisteredLabelWithPrivate::PrivateUse(number) => number.to_string(),
    }
}

/// One certificate stands alone, more in an array.
fn chain(header: &Header) -> Result<Vec<CertificateDer<'static>>, Reason> {
    let malformed = || Reason::Malformed("the chain of certificates can't be read".to_owned());
    let certificate =
        |value: &Value| Ok(CertificateDer::from(value.as_bytes().ok_or_else(malformed)?.clone()));
    match get(header, &X5CHAIN) {
        None => Ok(Vec::new()),
        Some(Value::Array(values)) => values.iter().map(certificate).collect(),
        Some(value) => Ok(vec![certificate(value)?]),
    }
}
