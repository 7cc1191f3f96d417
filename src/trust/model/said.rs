//! An attestation or document as it was kept, and what gates are told of it.

use super::{EvidenceKind, KnownAttestation, KnownFinding, KnownProvenance, KnownReport, Says};
use crate::trust::predicates::{Severity, VexStatus};
use crate::types::{Digest, EvidenceId, Timestamp};

/// Why nothing is told of what was never read.
const NOT_THERE: &str = "it could not be read: its content is not here, too long, or of no known form";

/// An attestation or document of an artifact.
#[derive(Debug, Clone)]
pub struct Said {
    /// The evidence.
    pub evidence: EvidenceId,
    /// The manifest that carries it.
    pub carrier: Digest,
    /// `Attestation` or `Document`.
    pub kind: EvidenceKind,
    /// What it says: a URI.
    pub predicate_type: Option<String>,
    /// When it was first seen here.
    pub seen_at: Timestamp,
    /// Whether Waybill itself says it.
    pub is_own: bool,
    /// What it is worth under the policy that holds; none while it was not verified under that.
    pub worth: Option<Worth>,
    /// What was read of it; none when nothing was.
    pub read: Option<Read>,
}

/// What an attestation is worth under a policy.
#[derive(Debug, Clone, Default)]
pub struct Worth {
    /// Whether it counts.
    pub is_verified: bool,
    /// Who made it.
    pub signer: Option<String>,
    /// The highest SLSA level that its builder is good for.
    pub slsa_level: Option<u8>,
    /// When it was signed, where that can be told.
    pub signed_at: Option<Timestamp>,
}

/// What was read of an attestation.
#[derive(Debug, Clone, Default)]
pub struct Read {
    /// Whether it was read to its end.
    pub is_whole: bool,
    /// Whether it says more than is read.
    pub is_truncated: bool,
    /// Why it can't be read.
    pub problem: Option<String>,
    /// How the artifact was built.
    pub provenance: Option<KnownProvenance>,
    /// What a scanner found, still without its findings, and how many these are.
    pub report: Option<(KnownReport, usize)>,
    /// What came of tests, and how many failed.
    pub tests: Option<(String, i64)>,
    /// Whether it is an SBOM.
    pub is_sbom: bool,
}

/// A finding as it was kept: once under its id, and behind that once under each alias.
#[derive(Debug, Clone)]
pub struct KeptFinding {
    /// The id, or the alias.
    pub vulnerability: String,
    /// The id, of an alias.
    pub alias_of: Option<String>,
    /// The component's package URL without version.
    pub package: Option<String>,
    /// How bad it is.
    pub severity: Severity,
    /// What a VEX says of it.
    pub status: Option<VexStatus>,
    /// The version without it.
    pub fixed_in: Option<String>,
}

impl KeptFinding {
    /// Adds it to those before it in its report.
    pub fn fold_into(self, findings: &mut Vec<KnownFinding>) {
        if let Some(last) = findings.last_mut()
            && self.alias_of.as_ref() == Some(&last.vulnerability)
        {
            last.aliases.push(self.vulnerability);
            return;
        }
        let Self { vulnerability, alias_of, package, severity, status, fixed_in } = self;
        let aliases = alias_of.into_iter().collect();
        findings.push(KnownFinding { vulnerability, aliases, package, severity, status, fixed_in });
    }
}

impl Said {
    /// Whether it may say, or be worth, something else in a moment. Nobody waits for what Waybill itself says: it follows from
    /// what gates said.
    pub fn is_pending(&self, is_verified_here: bool) -> bool {
        let is_unread = match &self.read {
            Some(read) => !read.is_whole && read.problem.is_none(),
            // What can be read has a type, and is written down with it.
            None => self.kind == EvidenceKind::Attestation && self.predicate_type.is_some(),
        };
        !self.is_own && (is_unread || (is_verified_here && self.worth.is_none()))
    }

    /// How many findings it has; none where nobody looked for any, or not all of them are there yet.
    pub fn findings(&self) -> Option<usize> {
        let read = self.read.as_ref().filter(|read| read.is_whole && read.problem.is_none())?;
        read.report.as_ref().map(|(_, findings)| *findings)
    }

    /// What gates are told, with its findings; none of these when they are more than may be told. An SBOM that tells of
    /// vulnerabilities as well is told twice, once as each.
    pub fn known(self, findings: Option<Vec<KnownFinding>>) -> Vec<KnownAttestation> {
        let worth = self.worth.filter(|worth| worth.is_verified);
        let read = self.read;
        let mut is_truncated = read.as_ref().is_some_and(|read| read.is_truncated);
        let says = match read {
            Some(Read { problem: Some(problem), .. }) => vec![Says::Unread(problem)],
            Some(Read { is_whole: false, .. }) => vec![Says::Other],
            Some(Read { provenance: Some(provenance), .. }) => vec![Says::Provenance(provenance)],
            Some(Read { tests: Some((result, failed)), .. }) => vec![Says::Tests { result, failed }],
            Some(Read { report: Some((report, _)), is_sbom, .. }) => {
                is_truncated |= findings.is_none();
                let report = KnownReport { findings: findings.unwrap_or_default(), ..report };
                is_sbom.then_some(Says::Sbom).into_iter().chain([Says::Vulnerabilities(report)]).collect()
            }
            Some(Read { is_sbom: true, .. }) => vec![Says::Sbom],
            None if self.kind == EvidenceKind::Attestation && self.predicate_type.is_none() => {
                vec![Says::Unread(NOT_THERE.to_owned())]
            }
            Some(_) | None => vec![Says::Other],
        };
        let attestation = |says| KnownAttestation {
            evidence: self.evidence,
            carrier: self.carrier.clone(),
            predicate_type: self.predicate_type.clone(),
            is_verified: worth.is_some(),
            signer: worth.as_ref().and_then(|worth| worth.signer.clone()),
            slsa_level: worth.as_ref().and_then(|worth| worth.slsa_level),
            signed_at: worth.as_ref().and_then(|worth| worth.signed_at),
            seen_at: self.seen_at,
            is_truncated,
            says,
        };
        says.into_iter().map(attestation).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    fn said(kind: EvidenceKind, predicate_type: Option<&str>, read: Option<Read>) -> Said {
        Said {
            evidence: EvidenceId::new(),
            carrier: Digest::of(Algorithm::Sha256, b""),
            kind,
            predicate_type: predicate_type.map(str::to_owned),
            seen_at: Timestamp::from_micros(1),
            is_own: false,
            worth: Some(Worth::default()),
            read,
        }
    }

    fn finding(vulnerability: &str, alias_of: Option<&str>, package: &str) -> KeptFinding {
        KeptFinding {
            fixed_in: None,
            vulnerability: vulnerability.to_owned(),
            alias_of: alias_of.map(str::to_owned),
            package: Some(package.to_owned()),
            severity: Severity::High,
            status: None,
        }
    }

    fn report() -> KnownReport {
        KnownReport { scanner: None, database_updated_at: None, scanned_at: None, findings: Vec::new() }
    }

    #[test]
    fn aliases_are_no_further_findings() {
        let mut findings = Vec::new();
        for kept in [
            finding("GHSA-1", None, "pkg:npm/a"),
            finding("CVE-1", Some("GHSA-1"), "pkg:npm/a"),
            finding("CVE-2", Some("GHSA-1"), "pkg:npm/a"),
            finding("GHSA-1", None, "pkg:npm/b"),
            finding("CVE-1", Some("GHSA-1"), "pkg:npm/b"),
            finding("CVE-3", None, "pkg:npm/b"),
        ] {
            kept.fold_into(&mut findings);
        }
        let told: Vec<_> = findings
            .iter()
            .map(|it| (it.vulnerability.as_str(), it.package.as_deref().unwrap(), it.aliases.join(" ")))
            .collect();
        let own = |id, package, aliases: &str| (id, package, aliases.to_owned());
        assert_eq!(
            told,
            [
                own("GHSA-1", "pkg:npm/a", "CVE-1 CVE-2"),
                own("GHSA-1", "pkg:npm/b", "CVE-1"),
                own("CVE-3", "pkg:npm/b", ""),
            ]
        );
        // One whose finding is not before it is not lost.
        finding("CVE-9", Some("GHSA-9"), "pkg:npm/c").fold_into(&mut findings);
        assert_eq!(findings.last().unwrap().aliases, ["GHSA-9"]);
    }

    #[test]
    fn it_waits_for_what_may_still_change() {
        let read = |is_whole, problem: Option<&str>| {
            Some(Read { is_whole, problem: problem.map(str::to_owned), ..Read::default() })
        };
        let (attestation, kind) = (EvidenceKind::Attestation, Some("a:b"));
        for (said, pending) in [
            (said(attestation, kind, read(true, None)), false),
            (said(attestation, kind, read(false, None)), true),
            (said(attestation, kind, read(false, Some("odd"))), false),
            (said(attestation, kind, None), true),
            // Nothing will ever be read of these.
            (said(attestation, None, None), false),
            (said(EvidenceKind::Document, None, None), false),
        ] {
            assert_eq!(said.is_pending(true), pending, "{said:?}");
            assert!(!Said { is_own: true, ..said.clone() }.is_pending(true));
        }
        let unverified = Said { worth: None, ..said(attestation, kind, read(true, None)) };
        assert!(unverified.is_pending(true) && !unverified.is_pending(false));
        assert!(!Said { is_own: true, ..unverified }.is_pending(true));
    }

    #[test]
    fn what_is_refused_has_no_signer() {
        let mut refused = said(EvidenceKind::Attestation, Some("a:b"), None);
        let told = Worth {
            signer: Some("ci".to_owned()),
            slsa_level: Some(3),
            signed_at: Some(Timestamp::from_micros(2)),
            ..Worth::default()
        };
        refused.worth = Some(told.clone());
        let known = refused.clone().known(None).remove(0);
        let worth = |known: &KnownAttestation| {
            (known.is_verified, known.signer.clone(), known.slsa_level, known.signed_at.is_some())
        };
        assert_eq!(worth(&known), (false, None, None, false));
        let verified = Said { worth: Some(Worth { is_verified: true, ..told }), ..refused };
        let known = verified.known(None).remove(0);
        assert_eq!(worth(&known), (true, Some("ci".to_owned()), Some(3), true));
    }

    #[test]
    fn an_sbom_with_findings_is_told_as_both() {
        let read = Read { is_whole: true, is_sbom: true, report: Some((report(), 1)), ..Read::default() };
        let both = said(EvidenceKind::Attestation, Some("a:b"), Some(read.clone()));
        assert_eq!(both.findings(), Some(1));
        let known = both.clone().known(Some(Vec::new()));
        assert_eq!(
            known.iter().map(|it| it.says.clone()).collect::<Vec<_>>(),
            [Says::Sbom, Says::Vulnerabilities(report())]
        );
        assert!(known.iter().all(|it| !it.is_truncated));
        assert!(both.known(None).iter().all(|it| it.is_truncated), "its findings are not told");
        let half = said(EvidenceKind::Attestation, Some("a:b"), Some(Read { is_whole: false, ..read }));
        assert_eq!((half.findings(), half.known(None).remove(0).says), (None, Says::Other));
    }

    #[test]
    fn what_can_not_be_read_says_why() {
        let problem = Read { is_whole: true, problem: Some("odd".to_owned()), ..Read::default() };
        let says = |said: Said| said.known(None).remove(0).says;
        let (attestation, document) = (EvidenceKind::Attestation, EvidenceKind::Document);
        assert_eq!(says(said(attestation, Some("a:b"), Some(problem))), Says::Unread("odd".to_owned()));
        assert_eq!(says(said(attestation, None, None)), Says::Unread(NOT_THERE.to_owned()));
        assert_eq!(says(said(document, None, None)), Says::Other);
    }
}
