//! SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): what a scanner found, in the form that code scanners share.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::facts::Facts;
use super::list::Bounded;
use super::text::{read as read_json, required, shown_if_any, time};
use super::vulnerabilities::{Details, FINDINGS, Place, Severity, VulnerabilityReport};
use crate::trust::model::Reason;

/// Runs, and tags of a rule, that are read.
const FEW: usize = 100;

#[derive(Deserialize)]
struct SarifJson {
    runs: Option<Bounded<Run, FEW>>,
}

#[derive(Deserialize)]
struct Run {
    tool: Option<Tool>,
    results: Option<Bounded<Found, FINDINGS>>,
    #[serde(default)]
    invocations: Bounded<Invocation, FEW>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Option<Driver>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: Option<String>,
    version: Option<String>,
    semantic_version: Option<String>,
    #[serde(default)]
    rules: Bounded<Rule, FINDINGS>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    end_time_utc: Option<String>,
}

#[derive(Deserialize)]
struct Rule {
    id: Option<String>,
    properties: Option<Properties>,
}

#[derive(Deserialize)]
struct Properties {
    // A text by GitHub's convention; some write a number.
    #[serde(rename = "security-severity")]
    security_severity: Option<Box<RawValue>>,
    #[serde(default)]
    tags: Bounded<String, FEW>,
    // Grype's.
    #[serde(default)]
    purls: Bounded<String, FEW>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: Option<String>,
    rule_index: Option<i64>,
    rule: Option<RuleReference>,
    level: Option<String>,
    message: Option<Message>,
}

#[derive(Deserialize)]
struct RuleReference {
    id: Option<String>,
    index: Option<i64>,
}

#[derive(Deserialize)]
struct Message {
    text: Option<String>,
}

/// Reads SARIF.
pub fn read(bytes: &[u8]) -> Result<Facts, Reason> {
    report(bytes).map(Facts::Vulnerabilities)
}

/// As [`read`], for who has the report in a frame.
pub(super) fn report(bytes: &[u8]) -> Result<VulnerabilityReport, Reason> {
    let SarifJson { runs } = read_json(bytes)?;
    let runs = required(runs, "runs")?;
    if runs.items.is_empty() {
        return Err(Reason::Malformed("runs is empty: no scanner ran".to_owned()));
    }
    let mut report =
        VulnerabilityReport { format: "SARIF", truncated: runs.truncated, ..VulnerabilityReport::default() };
    for run in &runs.items {
        let driver = required(run.tool.as_ref().and_then(|tool| tool.driver.as_ref()), "tool.driver")?;
        // A run without them tells of metadata only (section 3.14.23).
        let results = required(run.results.as_ref(), "results of a run")?;
        report.scanner = report.scanner.or_else(|| shown_if_any(driver.name.as_deref()));
        let version = driver.version.as_deref().or(driver.semantic_version.as_deref());
        report.scanner_version = report.scanner_version.or_else(|| shown_if_any(version));
        for invocation in &run.invocations.items {
            let ended = time(invocation.end_time_utc.as_deref(), "endTimeUtc")?;
            report.scanned_at = report.scanned_at.max(ended);
        }
        report.truncated |= results.truncated || driver.rules.truncated;
        add_all(&mut report, driver, &results.items);
    }
    Ok(report)
}

fn add_all(report: &mut VulnerabilityReport, driver: &Driver, results: &[Found]) {
    let rules: HashMap<&str, &Rule> =
        driver.rules.items.iter().filter_map(|rule| Some((rule.id.as_deref()?, rule))).collect();
    for found in results {
        let reference = found.rule.as_ref();
        let index = found.rule_index.or(reference.and_then(|rule| rule.index));
        let by_index = index.and_then(|index| driver.rules.items.get(usize::try_from(index).ok()?));
        let named = found.rule_id.as_deref().or(reference.and_then(|rule| rule.id.as_deref()));
        let rule = named.and_then(|id| rules.get(id).copied()).or(by_index);
        let id = named.or(rule.and_then(|rule| rule.id.as_deref())).unwrap_or_default();
        let properties = rule.and_then(|rule| rule.properties.as_ref());
        let message = found.message.as_ref().and_then(|message| message.text.as_deref()).unwrap_or_default();
        let purls = properties.map_or(&[][..], |properties| &properties.purls.items);
        let place = Place {
            // One rule may stand for several packages: then it is not told which.
            purl: if let [purl] = purls { Some(purl) } else { None },
            name: line(message, "Package: "),
            version: line(message, "Installed Version: "),
        };
        let details = Details {
            severity: severity(properties, found.level.as_deref()),
            fixed_in: line(message, "Fixed Version: "),
            ..Details::default()
        };
        report.add(leading_id(id), place, details);
    }
}

/// What Trivy writes on lines of its message.
fn line<'a>(message: &'a str, head: &str) -> Option<&'a str> {
    message.lines().find_map(|line| line.strip_prefix(head))
}

fn severity(properties: Option<&Properties>, level: Option<&str>) -> Severity {
    let score = properties.and_then(|properties| properties.security_severity.as_ref());
    let score = score.map(|score| Severity::parse(score.get().trim_matches('"')));
    let tags = properties.map_or(&[][..], |properties| &properties.tags.items);
    let worst = tags.iter().map(|tag| Severity::parse(tag)).chain(score).max().unwrap_or_default();
    match level {
        _ if worst != Severity::Unknown => worst,
        Some("error") => Severity::High,
        Some("warning") => Severity::Medium,
        Some("note") => Severity::Low,
        _ => Severity::Unknown,
    }
}

/// The vulnerability in a rule's id: Grype writes the package behind it, `CVE-2021-44228-log4j-core`, and Trivy's old
/// template the severity before it.
fn leading_id(id: &str) -> &str {
    let id = if id.starts_with('[') { id.split_once("] ").map_or(id, |(_, id)| id) } else { id };
    let groups = match id.split_once('-').map(|(head, _)| head) {
        Some("CVE") => 3,
        Some("GHSA") => 4,
        _ => return id,
    };
    let end = id.match_indices('-').nth(groups - 1).map_or(id.len(), |(at, _)| at);
    &id[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_by_the_vulnerability_in_them() {
        for (id, expected) in [
            ("CVE-2021-44228", "CVE-2021-44228"),
            ("CVE-2021-44228-log4j-core", "CVE-2021-44228"),
            ("GHSA-fxph-q3j8-mv87-log4j", "GHSA-fxph-q3j8-mv87"),
            ("[HIGH] CVE-2021-44228", "CVE-2021-44228"),
            ("js/sql-injection", "js/sql-injection"),
            ("CVE-", "CVE-"),
            ("", ""),
        ] {
            assert_eq!(leading_id(id), expected);
        }
    }
}
