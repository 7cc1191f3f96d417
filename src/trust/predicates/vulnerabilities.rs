//! Which vulnerabilities an artifact has, or has not.

use super::purl::Purl;
use super::text::{key, shown_if_any};
use crate::types::Timestamp;

/// Most findings that are read.
pub const FINDINGS: usize = 20_000;

/// What a scanner found, or what somebody says of vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VulnerabilityReport {
    /// `in-toto vulns`, `SARIF`, `Trivy`, `Grype`, `OpenVEX`, `CycloneDX`.
    pub format: &'static str,
    /// Who found it: a scanner's name or URI, or the author of a VEX.
    pub scanner: Option<String>,
    /// The scanner's version.
    pub scanner_version: Option<String>,
    /// When the scanner's database was brought up to date last.
    pub database_updated_at: Option<Timestamp>,
    /// When it was scanned, or said.
    pub scanned_at: Option<Timestamp>,
    /// What was found.
    pub findings: Vec<Finding>,
    /// Whether findings were left out: more than are read, or such that can't be looked up.
    pub truncated: bool,
}

/// A vulnerability in an artifact, or in one of its components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id: `CVE-2021-44228`.
    pub vulnerability: String,
    /// Under another name: the id that the report uses, of which this is an alias.
    pub alias_of: Option<String>,
    /// The component's package URL without version, in the form of [`Purl::package`].
    pub package: Option<String>,
    /// The component's version; empty where none is told.
    pub version: String,
    /// The component as the report calls it.
    pub component: Option<String>,
    /// How bad it is; the worst of several ratings.
    pub severity: Severity,
    /// What a VEX says of it; none where a scanner found it.
    pub status: Option<VexStatus>,
    /// Why that status.
    pub justification: Option<String>,
    /// The version without it.
    pub fixed_in: Option<String>,
}

/// How bad a vulnerability is. Ordered: the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Severity {
    /// Not told.
    #[default]
    Unknown,
    /// None, or negligible.
    Negligible,
    /// Low.
    Low,
    /// Medium, or moderate.
    Medium,
    /// High, or important.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Negligible, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// As the database and the API write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// As scanners write it: a word, or a CVSS score (CVSS v3.1, section 5).
    pub fn parse(text: &str) -> Self {
        match text.trim().to_ascii_lowercase().as_str() {
            "critical" => Self::Critical,
            "high" | "important" => Self::High,
            "medium" | "moderate" => Self::Medium,
            "low" => Self::Low,
            "negligible" | "none" | "info" | "informational" => Self::Negligible,
            other => other.parse().map_or(Self::Unknown, Self::of_score),
        }
    }

    /// Of a CVSS base score.
    pub fn of_score(score: f64) -> Self {
        match score {
            9.0..=10.0 => Self::Critical,
            7.0..9.0 => Self::High,
            4.0..7.0 => Self::Medium,
            0.0..=0.0 => Self::Negligible,
            0.0..4.0 => Self::Low,
            _ => Self::Unknown,
        }
    }
}

/// What a VEX says of a vulnerability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VexStatus {
    /// The artifact has it, and it can be used against it.
    Affected,
    /// The artifact does not have it, or it can't be used.
    NotAffected,
    /// The artifact had it.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl VexStatus {
    /// As the database and the API write it: OpenVEX's words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::NotAffected => "not_affected",
            Self::Fixed => "fixed",
            Self::UnderInvestigation => "under_investigation",
        }
    }

    /// OpenVEX's words, and CycloneDX's.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "affected" | "exploitable" => Self::Affected,
            "not_affected" | "false_positive" => Self::NotAffected,
            "fixed" | "resolved" | "resolved_with_pedigree" => Self::Fixed,
            "under_investigation" | "in_triage" => Self::UnderInvestigation,
            _ => return None,
        })
    }
}

/// An id in the form in which it is looked up: those of the CVE list are in capitals.
pub fn vulnerability_id(text: &str) -> Option<String> {
    let text = text.trim();
    let is_cve = text.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("CVE-"));
    key(&if is_cve { text.to_ascii_uppercase() } else { text.to_owned() })
}

/// Which component a finding is about, as far as a report tells.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place<'a> {
    pub purl: Option<&'a str>,
    pub name: Option<&'a str>,
    pub version: Option<&'a str>,
}

/// What a finding says besides.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Details<'a> {
    pub aliases: &'a [String],
    pub severity: Severity,
    pub status: Option<VexStatus>,
    pub justification: Option<&'a str>,
    pub fixed_in: Option<&'a str>,
}

impl VulnerabilityReport {
    /// How many findings are of a severity; aliases are no further findings.
    pub fn count(&self, severity: Severity) -> usize {
        let of_it = |finding: &&Finding| finding.severity == severity && finding.alias_of.is_none();
        self.findings.iter().filter(of_it).count()
    }

    /// Takes a finding, once under its id and once under each alias.
    pub(super) fn add(&mut self, id: &str, place: Place<'_>, details: Details<'_>) {
        let Some(id) = vulnerability_id(id) else {
            self.truncated = true;
            return;
        };
        let written = place.purl.filter(|purl| !purl.is_empty());
        let purl = written.and_then(Purl::parse);
        // It is there, but will not be found by its component.
        self.truncated |= written.is_some() && purl.is_none();
        let told = place.version.and_then(|version| shown_if_any(Some(version))).unwrap_or_default();
        let (package, version) = match purl {
            Some(purl) if purl.version.is_empty() => (Some(purl.package), told),
            Some(purl) => (Some(purl.package), purl.version),
            None => (None, told),
        };
        let finding = Finding {
            vulnerability: id.clone(),
            alias_of: None,
            package,
            version,
            component: shown_if_any(place.name.or(place.purl)),
            severity: details.severity,
            status: details.status,
            justification: shown_if_any(details.justification),
            fixed_in: shown_if_any(details.fixed_in),
        };
        let aliases = details.aliases.iter().filter_map(|alias| vulnerability_id(alias));
        let aliases: Vec<Finding> = aliases
            .filter(|alias| *alias != id)
            .map(|alias| Finding { vulnerability: alias, alias_of: Some(id.clone()), ..finding.clone() })
            .collect();
        for finding in std::iter::once(finding).chain(aliases) {
            if self.findings.len() == FINDINGS {
                self.truncated = true;
                return;
            }
            self.findings.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_scores_tell_the_severity() {
        for (text, severity) in [
            ("CRITICAL", Severity::Critical),
            ("Important", Severity::High),
            ("moderate", Severity::Medium),
            ("9.8", Severity::Critical),
            ("5.2", Severity::Medium),
            ("0.1", Severity::Low),
            ("0.0", Severity::Negligible),
            ("11", Severity::Unknown),
            ("NaN", Severity::Unknown),
            ("", Severity::Unknown),
        ] {
            assert_eq!(Severity::parse(text), severity, "{text}");
        }
    }

    #[test]
    fn ids_have_one_form() {
        assert_eq!(vulnerability_id(" cve-2021-1 ").as_deref(), Some("CVE-2021-1"));
        assert_eq!(vulnerability_id("GHSA-fxph-q3j8-mv87").as_deref(), Some("GHSA-fxph-q3j8-mv87"));
        assert_eq!(vulnerability_id("ü"), Some("ü".to_owned()));
        assert_eq!(vulnerability_id(""), None);
    }
}
