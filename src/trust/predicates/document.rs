//! Which reader reads what: by the type that a statement names, or by what stands in a document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::facts::Facts;
use super::{
    cosign_vulns, cyclonedx, in_toto_vulns, openvex, provenance, provenance_v0_2, sarif, spdx2, spdx3,
    test_result, text, verification_summary,
};
use crate::trust::model::Reason;

/// CycloneDX, an SBOM or a VEX.
pub const CYCLONEDX: &str = "https://cyclonedx.org/bom";
/// SPDX, any version.
pub const SPDX: &str = "https://spdx.dev/Document";
/// OpenVEX, any version.
pub const OPENVEX: &str = "https://openvex.dev/ns";
/// SARIF. Nobody has set a type for statements: this is where the standard lies.
pub const SARIF: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0";

/// Reads the bytes of a predicate.
pub type Reader = fn(&[u8]) -> Result<Facts, Reason>;

/// The types that are read. A version may follow behind a `/`.
const READERS: [(&str, Reader); 14] = [
    ("https://slsa.dev/provenance/v1", provenance::read),
    ("https://slsa.dev/provenance/v0.2", provenance_v0_2::read),
    ("https://slsa.dev/verification_summary/v1", verification_summary::read),
    (CYCLONEDX, |bytes| wrapped(bytes, cyclonedx::read)),
    ("https://cyclonedx.org/schema", |bytes| wrapped(bytes, cyclonedx::read)),
    ("https://cyclonedx.org/vex", |bytes| wrapped(bytes, cyclonedx::read)),
    (SPDX, |bytes| wrapped(bytes, spdx)),
    (OPENVEX, |bytes| wrapped(bytes, openvex::read)),
    (SARIF, |bytes| wrapped(bytes, sarif::read)),
    ("https://cosign.sigstore.dev/attestation/vuln/v1", cosign_vulns::read),
    ("https://in-toto.io/attestation/vulns/v0.1", in_toto_vulns::read),
    ("https://in-toto.io/attestation/vulns/v0.2", in_toto_vulns::read),
    ("https://in-toto.io/attestation/test-result/v0.1", test_result::read),
    ("https://cosign.sigstore.dev/attestation/v1", custom),
];

/// Who reads predicates of this type; nobody reads unknown ones.
pub fn reader(predicate_type: &str) -> Option<Reader> {
    // Early cosign wrote its own types without a scheme.
    let bare = |uri: &str| uri.trim_start_matches("https://").to_owned();
    let (_, reader) = READERS.iter().find(|(uri, _)| {
        let rest = bare(predicate_type);
        rest.strip_prefix(&bare(uri)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })?;
    Some(*reader)
}

/// Tells a known document by its content (CycloneDX, SPDX 2 and 3, SARIF, OpenVEX): its predicate type.
pub fn document_type(bytes: &[u8]) -> Option<&'static str> {
    let keys: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_slice(bytes).ok()?;
    let text = |key: &str| serde_json::from_str::<String>(keys.get(key)?.get()).ok();
    let context = || keys.get("@context").map_or("", |context| context.get());
    if text("bomFormat").is_some_and(|format| format == "CycloneDX") {
        Some(CYCLONEDX)
    } else if text("spdxVersion").is_some_and(|version| version.starts_with("SPDX-2."))
        || (keys.contains_key("@graph") && context().contains("spdx.org/rdf/3."))
    {
        Some(SPDX)
    } else if context().contains("openvex.dev/ns") && keys.contains_key("statements") {
        Some(OPENVEX)
    } else if keys.contains_key("runs") && text("version").is_some_and(|version| version.starts_with("2.1")) {
        Some(SARIF)
    } else {
        None
    }
}

/// Cosign wraps a document into a text, or that into an object's `Data`.
fn wrapped(bytes: &[u8], read: Reader) -> Result<Facts, Reason> {
    match unwrap(bytes)? {
        Some(inner) => read(inner.as_bytes()),
        None => read(bytes),
    }
}

#[derive(serde::Deserialize)]
struct Data {
    #[serde(rename = "Data")]
    data: Option<Box<RawValue>>,
}

fn unwrap(bytes: &[u8]) -> Result<Option<String>, Reason> {
    if bytes.trim_ascii_start().starts_with(b"\"") {
        return Ok(Some(text::read::<String>(bytes)?));
    }
    // What is no object is told so by its reader.
    let Ok(Data { data: Some(data) }) = serde_json::from_slice(bytes) else { return Ok(None) };
    let is_text = data.get().starts_with('"');
    Ok(Some(if is_text { text::read(data.get().as_bytes())? } else { data.get().to_owned() }))
}

fn spdx(bytes: &[u8]) -> Result<Facts, Reason> {
    #[derive(serde::Deserialize)]
    struct Graph {
        #[serde(rename = "@graph")]
        graph: Option<serde::de::IgnoredAny>,
    }
    let Graph { graph } = text::read(bytes)?;
    if graph.is_some() { spdx3::read(bytes) } else { spdx2::read(bytes) }
}

/// Cosign's own frame around anything. What it holds is read if it is a known document.
fn custom(bytes: &[u8]) -> Result<Facts, Reason> {
    let Some(inner) = unwrap(bytes)? else { return Ok(Facts::Unknown) };
    let known = document_type(inner.as_bytes()).and_then(reader);
    known.map_or(Ok(Facts::Unknown), |read| read(inner.as_bytes()))
}
