//! Reports as scanners write them: Trivy's JSON, Grype's JSON, or SARIF.

use serde::Deserialize;

use super::list::Bounded;
use super::sarif;
use super::text::read as read_json;
use super::vulnerabilities::{Details, FINDINGS, Place, Severity, VulnerabilityReport};
use crate::trust::model::Reason;

/// What Trivy looked through: files of packages, and the system's packages.
const TARGETS: usize = 10_000;
/// Versions and aliases of one finding.
const FEW: usize = 100;

#[derive(Deserialize)]
struct ReportJson {
    #[serde(rename = "SchemaVersion")]
    schema_version: Option<u64>,
    #[serde(rename = "Results")]
    results: Option<Bounded<TrivyTarget, TARGETS>>,
    matches: Option<Bounded<GrypeMatch, FINDINGS>>,
    descriptor: Option<GrypeDescriptor>,
    runs: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct TrivyTarget {
    #[serde(rename = "Vulnerabilities", default)]
    vulnerabilities: Bounded<TrivyFinding, FINDINGS>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrivyFinding {
    #[serde(rename = "VulnerabilityID")]
    vulnerability_id: Option<String>,
    pkg_name: Option<String>,
    pkg_identifier: Option<TrivyIdentifier>,
    installed_version: Option<String>,
    fixed_version: Option<String>,
    severity: Option<String>,
    #[serde(rename = "VendorIDs")]
    vendor_ids: Option<Bounded<String, FEW>>,
}

#[derive(Deserialize)]
struct TrivyIdentifier {
    #[serde(rename = "PURL")]
    purl: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GrypeMatch {
    vulnerability: GrypeVulnerability,
    #[serde(default)]
    related_vulnerabilities: Bounded<GrypeRelated, FEW>,
    artifact: Option<GrypeArtifact>,
}

#[derive(Deserialize)]
struct GrypeVulnerability {
    id: Option<String>,
    severity: Option<String>,
    fix: Option<GrypeFix>,
}

#[derive(Deserialize)]
struct GrypeFix {
    #[serde(default)]
    versions: Bounded<String, FEW>,
}

#[derive(Deserialize)]
struct GrypeRelated {
    id: Option<String>,
}

#[derive(Deserialize)]
struct GrypeArtifact {
    name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
}

#[derive(Deserialize)]
struct GrypeDescriptor {
    name: Option<String>,
    version: Option<String>,
}

/// Reads a report of a form that it tells by its content. One of an unknown form is refused: it must not look as if nothing
/// had been found.
pub fn read(text: &str) -> Result<VulnerabilityReport, Reason> {
    let report: ReportJson = read_json(text.as_bytes())?;
    if report.runs.is_some() {
        sarif::report(text.as_bytes())
    } else if let Some(matches) = report.matches {
        Ok(of_grype(&matches, report.descriptor))
    } else if report.results.is_some() || report.schema_version.is_some() {
        // Trivy leaves out an empty list.
        Ok(of_trivy(&report.results.unwrap_or_default()))
    } else {
        Err(Reason::Malformed("scanner.result is neither SARIF nor the JSON of Trivy or Grype".to_owned()))
    }
}

fn of_trivy(targets: &Bounded<TrivyTarget, TARGETS>) -> VulnerabilityReport {
    let mut report = VulnerabilityReport {
        format: "Trivy",
        truncated: targets.truncated,
        ..VulnerabilityReport::default()
    };
    for target in &targets.items {
        report.truncated |= target.vulnerabilities.truncated;
        for found in &target.vulnerabilities.items {
            let purl = found.pkg_identifier.as_ref().and_then(|identifier| identifier.purl.as_deref());
            let place =
                Place { purl, name: found.pkg_name.as_deref(), version: found.installed_version.as_deref() };
            let details = Details {
                aliases: found.vendor_ids.as_ref().map_or(&[], |ids| &ids.items),
                severity: found.severity.as_deref().map(Severity::parse).unwrap_or_default(),
                fixed_in: found.fixed_version.as_deref(),
                ..Details::default()
            };
            report.add(found.vulnerability_id.as_deref().unwrap_or_default(), place, details);
        }
    }
    report
}

fn of_grype(
    matches: &Bounded<GrypeMatch, FINDINGS>,
    descriptor: Option<GrypeDescriptor>,
) -> VulnerabilityReport {
    let (scanner, scanner_version) =
        descriptor.map_or((None, None), |descriptor| (descriptor.name, descriptor.version));
    let mut report = VulnerabilityReport {
        format: "Grype",
        scanner: super::text::shown_if_any(scanner.as_deref()),
        scanner_version: super::text::shown_if_any(scanner_version.as_deref()),
        truncated: matches.truncated,
        ..VulnerabilityReport::default()
    };
    for found in &matches.items {
        let artifact = found.artifact.as_ref();
        let place = Place {
            purl: artifact.and_then(|artifact| artifact.purl.as_deref()),
            name: artifact.and_then(|artifact| artifact.name.as_deref()),
            version: artifact.and_then(|artifact| artifact.version.as_deref()),
        };
        let aliases: Vec<String> =
            found.related_vulnerabilities.items.iter().filter_map(|related| related.id.clone()).collect();
        let fix = found.vulnerability.fix.as_ref();
        let details = Details {
            aliases: &aliases,
            severity: found.vulnerability.severity.as_deref().map(Severity::parse).unwrap_or_default(),
            fixed_in: fix.and_then(|fix| fix.versions.items.first().map(String::as_str)),
            ..Details::default()
        };
        report.add(found.vulnerability.id.as_deref().unwrap_or_default(), place, details);
    }
    report
}
