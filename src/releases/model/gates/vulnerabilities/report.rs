//! Reports: which of them are scans, and how old those are.

use std::collections::HashMap;

use crate::releases::model::gates::known::{made_at, no_later};
use crate::releases::model::gates::span::hours;
use crate::trust::{KnownAttestation, KnownReport, Says};
use crate::types::Timestamp;

/// Types of which a report may be, any version. Early cosign wrote its own without a scheme.
const REPORTS: [&str; 7] = [
    "cosign.sigstore.dev/attestation/v1",
    "cosign.sigstore.dev/attestation/vuln/",
    "cyclonedx.org/",
    "docs.oasis-open.org/sarif/",
    "in-toto.io/attestation/vulns/",
    OPENVEX,
    CYCLONEDX_VEX,
];
/// Types that only say what is known of findings.
const OPENVEX: &str = "openvex.dev/ns";
const CYCLONEDX_VEX: &str = "cyclonedx.org/vex";

/// Of what does not grow stale.
pub const FOR_EVER: Timestamp = Timestamp::from_micros(i64::MAX);

/// A report, and who says it.
pub struct Report<'a> {
    pub attestation: &'a KnownAttestation,
    pub report: &'a KnownReport,
}

/// Whether it is a report, or may be one and can't be read.
pub fn may_be_report(attestation: &KnownAttestation) -> bool {
    match attestation.says {
        Says::Vulnerabilities(_) => true,
        Says::Unread(_) => is_of_type(attestation, &REPORTS),
        _ => false,
    }
}

fn is_of_type(attestation: &KnownAttestation, types: &[&str]) -> bool {
    let bare = attestation.predicate_type.as_deref().map(|uri| uri.trim_start_matches("https://"));
    bare.is_some_and(|uri| types.iter().any(|of| uri.starts_with(of)))
}

impl<'a> Report<'a> {
    /// What an attestation reports.
    pub const fn of(attestation: &'a KnownAttestation) -> Option<Self> {
        match &attestation.says {
            Says::Vulnerabilities(report) => Some(Self { attestation, report }),
            _ => None,
        }
    }

    /// Whether somebody looked for vulnerabilities: what judges single ones does not say that there are no others.
    pub fn is_scan(&self) -> bool {
        !is_of_type(self.attestation, &[OPENVEX, CYCLONEDX_VEX])
            && self.report.findings.iter().all(|finding| finding.status.is_none())
    }

    /// When it was scanned or said, no later than it was first seen here.
    pub fn at(&self) -> Timestamp {
        let told = self.report.scanned_at;
        told.map_or_else(|| made_at(self.attestation), |at| no_later(Some(at), self.attestation))
    }

    /// Until when it is as fresh as is asked for; never was, when that can't be told.
    fn fresh_until(&self, scan_age: Option<u32>, database_age: Option<u32>) -> Option<Timestamp> {
        let scan = scan_age.map_or(FOR_EVER, |age| self.at().after(hours(age)));
        let Some(age) = database_age else { return Some(scan) };
        let updated_at = no_later(Some(self.report.database_updated_at?), self.attestation);
        Some(scan.min(updated_at.after(hours(age))))
    }
}

/// Until when one of the scans is as fresh as is asked for.
pub fn fresh_until(
    scans: &[&Report<'_>],
    scan_age: Option<u32>,
    database_age: Option<u32>,
) -> Option<Timestamp> {
    scans.iter().filter_map(|scan| scan.fresh_until(scan_age, database_age)).max()
}

/// Without scans that the same scanner made anew, for the same signer. Where a scanner has no name each scan counts.
pub fn without_superseded<'r, 'a>(reports: &'r [Report<'a>]) -> impl Iterator<Item = &'r Report<'a>> {
    let scanner = |report: &Report<'a>| {
        let name = report.report.scanner.as_deref().filter(|_| report.is_scan())?;
        Some((report.attestation.signer.as_deref(), name))
    };
    let mut latest = HashMap::new();
    for report in reports {
        if let Some(scanner) = scanner(report) {
            let at = latest.entry(scanner).or_insert_with(|| report.at());
            *at = report.at().max(*at);
        }
    }
    reports.iter().filter(move |report| {
        scanner(report).and_then(|scanner| latest.get(&scanner)).is_none_or(|at| report.at() == *at)
    })
}
