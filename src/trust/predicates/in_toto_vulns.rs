//! What a scanner found, in in-toto's form (in-toto/attestation, vulns v0.1 and v0.2).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::list::Bounded;
use super::text::{read as read_json, required, shown_if_any, time};
use super::vulnerabilities::{Details, FINDINGS, Place, Severity, VulnerabilityReport};
use crate::trust::model::Reason;

#[derive(Deserialize)]
struct VulnsJson {
    scanner: Option<Scanner>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Scanner {
    uri: Option<String>,
    version: Option<String>,
    #[serde(alias = "database")]
    db: Option<Database>,
    result: Option<Bounded<Found, FINDINGS>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Database {
    // v0.1 of some tools has it at `lastUpdated`.
    #[serde(alias = "lastUpdated")]
    pub last_update: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pub scan_started_on: Option<String>,
    pub scan_finished_on: Option<String>,
}

/// Ratings a finding may have.
const RATINGS: usize = 100;

#[derive(Deserialize)]
struct Found {
    id: Option<String>,
    #[serde(default)]
    severity: Bounded<Rating, RATINGS>,
}

#[derive(Deserialize)]
struct Rating {
    // Some tools write a number.
    score: Option<Box<RawValue>>,
}

/// Reads in-toto's vulns.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    let VulnsJson { scanner, metadata } = read_json(bytes)?;
    let scanner = required(scanner, "scanner")?;
    // Without it nothing is said; an empty list says that there is none.
    let result = required(scanner.result, "scanner.result")?;
    let updated = scanner.db.and_then(|db| db.last_update);
    let mut report = VulnerabilityReport {
        format: "in-toto vulns",
        scanner: shown_if_any(scanner.uri.as_deref()),
        scanner_version: shown_if_any(scanner.version.as_deref()),
        database_updated_at: time(updated.as_deref(), "scanner.db.lastUpdate")?,
        scanned_at: scanned_at(metadata)?,
        truncated: result.truncated,
        ..VulnerabilityReport::default()
    };
    for found in &result.items {
        let id = required(found.id.as_deref(), "the id of an item of scanner.result")?;
        let scores = found.severity.items.iter().filter_map(|rating| rating.score.as_deref());
        let severities = scores.map(|score| Severity::parse(score.get().trim_matches('"')));
        let severity = severities.max().unwrap_or_default();
        report.add(id, Place::default(), Details { severity, ..Details::default() });
    }
    Ok(Facts::Vulnerabilities(report))
}

/// When the scan ended, or at least began.
pub(super) fn scanned_at(metadata: Option<Metadata>) -> Result<Option<crate::types::Timestamp>, Reason> {
    let Some(Metadata { scan_started_on, scan_finished_on }) = metadata else { return Ok(None) };
    let finished = time(scan_finished_on.as_deref(), "metadata.scanFinishedOn")?;
    Ok(finished.or(time(scan_started_on.as_deref(), "metadata.scanStartedOn")?))
}
