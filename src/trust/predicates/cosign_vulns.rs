//! Cosign's frame around the report of any scanner (cosign/specs/COSIGN_VULN_ATTESTATION_SPEC.md).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::in_toto_vulns::{Database, Metadata, scanned_at};
use super::scan_results;
use super::text::{read as read_json, required, shown_if_any, time};
use crate::trust::model::Reason;

#[derive(Deserialize)]
struct FrameJson {
    scanner: Option<Scanner>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Scanner {
    uri: Option<String>,
    version: Option<String>,
    db: Option<Database>,
    result: Option<Box<RawValue>>,
}

/// Reads cosign's vulnerability attestation.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let FrameJson { scanner, metadata } = read_json(bytes)?;
    let scanner = required(scanner, "scanner")?;
    let result = required(scanner.result, "scanner.result")?;
    let mut report = scan_results::read(result.get())?;
    report.scanner = shown_if_any(scanner.uri.as_deref()).or(report.scanner);
    report.scanner_version = shown_if_any(scanner.version.as_deref()).or(report.scanner_version);
    let updated = scanner.db.and_then(|db| db.last_update);
    report.database_updated_at =
        time(updated.as_deref(), "scanner.db.lastUpdate")?.or(report.database_updated_at);
    report.scanned_at = scanned_at(metadata)?.or(report.scanned_at);
    Ok(Facts::Vulnerabilities(report))
}
