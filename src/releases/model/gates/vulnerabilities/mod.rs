//! Which vulnerabilities each artifact has, as scans and VEX tell it that signers of the trust policy vouch for.

mod findings;
mod report;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::known::Known;
use super::span::check_hours;
use crate::releases::model::words::words;
use crate::releases::model::{Outcome, WaiverInput};
use crate::trust::Severity;
use crate::types::Timestamp;
use findings::{Finding, Findings};
use report::{FOR_EVER, Report, may_be_report, without_superseded};

/// Most findings that a message names.
const NAMED: usize = 5;

words! {
    /// How bad a vulnerability is.
    SeverityName {
        /// None, or negligible: never counted.
        Negligible = "negligible",
        /// Low.
        Low = "low",
        /// Medium, or moderate.
        Medium = "medium",
        /// High, or important.
        High = "high",
        /// Critical.
        Critical = "critical",
    }
}

/// Most findings of each severity; without limit where none is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most critical ones.
    #[serde(default)]
    pub critical: Option<u32>,
    /// Most high ones.
    #[serde(default)]
    pub high: Option<u32>,
    /// Most medium ones.
    #[serde(default)]
    pub medium: Option<u32>,
    /// Most low ones.
    #[serde(default)]
    pub low: Option<u32>,
}

/// Which vulnerabilities each artifact has. There must be a scan; what a VEX says is not there, or fixed, does not count.
/// Of several scans by the same scanner the latest counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VulnerabilitiesRule {
    /// Most findings of each severity, each counted once for its package.
    pub max: Limits,
    /// The latest scan is no older.
    #[serde(default)]
    pub max_scan_age_hours: Option<u32>,
    /// The scanner's database was brought up to date no longer ago.
    #[serde(default)]
    pub max_database_age_hours: Option<u32>,
    /// Whether only those count that can be mended: whose report names a version without them.
    #[serde(default)]
    pub fixable_only: bool,
    /// What a finding counts as whose severity is not told; `high` unless said otherwise.
    #[serde(default = "high")]
    pub unknown_as: SeverityName,
}

const fn high() -> SeverityName {
    SeverityName::High
}

impl Limits {
    const fn of(&self, severity: SeverityName) -> Option<u32> {
        match severity {
            SeverityName::Critical => self.critical,
            SeverityName::High => self.high,
            SeverityName::Medium => self.medium,
            SeverityName::Low => self.low,
            SeverityName::Negligible => None,
        }
    }
}

impl VulnerabilitiesRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        check_hours("max_scan_age_hours", self.max_scan_age_hours)?;
        check_hours("max_database_age_hours", self.max_database_age_hours)
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let waivers: Vec<_> = asked.vulnerability_waivers().collect();
        let view = |known: &Known<'_>| {
            let ids: Vec<_> = waivers.iter().map(|waiver| waiver.id).collect();
            serde_json::json!({ "known": known.view(), "waivers": ids })
        };
        asked.each(|known| self.of_artifact(known, &waivers, asked.now).having_seen(view(known)))
    }

    fn of_artifact(&self, known: &Known<'_>, waivers: &[&WaiverInput], now: Timestamp) -> Answer {
        let artifact = known.artifact;
        if let Some(unknown) = known.unknown() {
            return unknown;
        }
        let told: Vec<_> = known.verified().filter(|of| may_be_report(of)).collect();
        let reports: Vec<_> = told.iter().filter_map(|of| Report::of(of)).collect();
        if reports.len() < told.len() || reports.iter().any(|report| report.attestation.is_truncated) {
            return Answer::error(
                "report_incomplete",
                format!("a report on {artifact} can't be read, or says more than is read"),
                "delete it, and attach a report that can be read whole",
            )
            .resting_on(told);
        }
        let rescan = known.how_to_attest("the report of a new scan", "vuln");
        let scans: Vec<_> = without_superseded(&reports).filter(|report| report.is_scan()).collect();
        if scans.is_empty() {
            let message = format!("{artifact} has no verified report of a scan");
            return known.unless_unknown(Answer::missing("scan_missing", message, rescan));
        }
        let (scan_age, database_age) = (self.max_scan_age_hours, self.max_database_age_hours);
        let fresh_until = match report::fresh_until(&scans, scan_age, database_age) {
            Some(until) if now < until => until,
            _ => {
                let message =
                    format!("no scan of {artifact} is as new as the gate asks for, with its database");
                return Answer::fail("scan_stale", message, rescan).resting_on(told);
            }
        };
        let answer = self.of_findings(&Findings::of(&reports), known, waivers);
        let next_at = [answer.next_at, Some(fresh_until).filter(|until| *until < FOR_EVER)];
        answer.resting_on(told).until(next_at.into_iter().flatten().min())
    }

    fn of_findings(&self, findings: &Findings, known: &Known<'_>, waivers: &[&WaiverInput]) -> Answer {
        let artifact = known.artifact;
        let counted: Vec<_> =
            findings.open().filter(|finding| finding.is_fixable || !self.fixable_only).collect();
        let waiver_of = |finding: &Finding| {
            let names = |waiver: &&&WaiverInput| {
                waiver.vulnerabilities.iter().any(|id| findings.is_named(finding, id))
            };
            waivers.iter().filter(names).max_by_key(|waiver| waiver.ends_at)
        };
        if self.excess(&counted).is_none() {
            let message = format!("{} findings count against {artifact}, within the limits", counted.len());
            return Answer::pass("within_limits", message);
        }
        let (waived, left): (Vec<_>, Vec<_>) =
            counted.into_iter().partition(|finding| waiver_of(finding).is_some());
        if let Some(excess) = self.excess(&left) {
            let remediation = "update what has them, attach a signed VEX where they do no harm (waybill attest --type \
                               openvex), or ask for a waiver that names them";
            return Answer::fail("too_many_vulnerabilities", format!("{artifact} has {excess}"), remediation);
        }
        let used: Vec<_> = waived.iter().filter_map(|finding| waiver_of(finding)).collect();
        let message = format!("{artifact} is within the limits but for what is waived: {}", named(&waived));
        Answer::new(Outcome::Waived, "vulnerabilities_waived", message)
            .until(used.iter().map(|waiver| waiver.ends_at).min())
    }

    /// What is too much, worst first.
    fn excess(&self, counted: &[&Finding]) -> Option<String> {
        let too_many = SeverityName::ALL.iter().rev().filter_map(|severity| {
            let of_it: Vec<_> =
                counted.iter().copied().filter(|finding| self.severity(finding) == *severity).collect();
            let limit = self.max.of(*severity)?;
            let is_over = of_it.len() > usize::try_from(limit).unwrap_or(usize::MAX);
            is_over.then(|| format!("{} {severity} (at most {limit}): {}", of_it.len(), named(&of_it)))
        });
        let too_many: Vec<_> = too_many.collect();
        if too_many.is_empty() { None } else { Some(too_many.join("; ")) }
    }

    const fn severity(&self, finding: &Finding) -> SeverityName {
        match finding.severity {
            Severity::Critical => SeverityName::Critical,
            Severity::High => SeverityName::High,
            Severity::Medium => SeverityName::Medium,
            Severity::Low => SeverityName::Low,
            Severity::Negligible => SeverityName::Negligible,
            Severity::Unknown => self.unknown_as,
        }
    }
}

fn named(findings: &[&Finding]) -> String {
    let mut names: Vec<_> = findings.iter().take(NAMED).map(|finding| finding.to_string()).collect();
    if let Some(more) = findings.len().checked_sub(NAMED).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    names.join(", ")
}
