//! What `waybill verify artifact` tells.

use std::io::{Write as _, stdout};

use serde_json::{Value, json};

use super::collect::Found;
use crate::cli::failure::Failure;
use crate::trust::{EvidenceKind, Outcome, Verdict};
use crate::types::Digest;

/// What was found, and what it is worth.
pub struct Report {
    /// Its reference, by digest.
    pub artifact: String,
    /// Its SHA-256.
    pub digest: Digest,
    /// All that may vouch for it, each with what came of it.
    pub found: Vec<(Found, Outcome)>,
    /// The types of predicates that must have been attested.
    pub attested: Vec<String>,
}

impl Report {
    /// For people.
    pub fn tell(&self) -> Result<(), Failure> {
        let mut out = stdout();
        for (found, outcome) in &self.found {
            writeln!(out, "{}", line(found, outcome))?;
        }
        if self.lacks().is_empty() {
            writeln!(out, "{} is signed by {}", self.artifact, self.signers().join(" and "))?;
        }
        Ok(())
    }

    /// For programs.
    pub fn tell_json(&self) -> Result<(), Failure> {
        let lacks = self.lacks();
        let told = json!({
            "verified": lacks.is_empty(),
            "artifact": self.artifact,
            "digest": self.digest.as_str(),
            "signed_by": self.signers(),
            "lacks": lacks,
            "evidence": self.found.iter().map(|(found, outcome)| evidence(found, outcome)).collect::<Vec<_>>(),
        });
        writeln!(stdout(), "{told}")?;
        Ok(())
    }

    /// Whether all that is demanded is there.
    pub fn conclude(&self) -> Result<(), Failure> {
        let lacks = self.lacks();
        if lacks.is_empty() {
            return Ok(());
        }
        Err(Failure::Unverified(format!("{} lacks {}", self.artifact, lacks.join(" and "))))
    }

    /// What is demanded, and not there.
    fn lacks(&self) -> Vec<String> {
        let signature = self.signers().is_empty().then(|| "a good signature".to_owned());
        let attested = |kind: &&String| {
            self.good(EvidenceKind::Attestation)
                .any(|(found, _)| found.predicate_type().is_some_and(|said| said == kind.as_str()))
        };
        let attestations = self.attested.iter().filter(|kind| !attested(kind));
        signature
            .into_iter()
            .chain(attestations.map(|kind| format!("a good attestation of {kind}")))
            .collect()
    }

    /// Who signed it.
    fn signers(&self) -> Vec<&str> {
        let signers = self.good(EvidenceKind::Signature).filter_map(|(_, outcome)| outcome.signer.as_deref());
        let mut signers: Vec<&str> = signers.collect();
        signers.sort_unstable();
        signers.dedup();
        signers
    }

    fn good(&self, kind: EvidenceKind) -> impl Iterator<Item = &(Found, Outcome)> {
        self.found.iter().filter(move |(found, outcome)| {
            outcome.verdict == Verdict::Verified && found.kind().is_some_and(|found| found == kind)
        })
    }
}

impl Found {
    fn kind(&self) -> Option<EvidenceKind> {
        self.evidence.as_ref().ok().map(|evidence| evidence.kind)
    }

    fn predicate_type(&self) -> Option<&str> {
        self.evidence.as_ref().ok()?.predicate_type.as_deref()
    }
}

/// For programs, that it could not be told.
pub fn fail(failure: &Failure) -> Result<(), Failure> {
    let told = json!({ "verified": Value::Null, "why": failure.to_string() });
    writeln!(stdout(), "{told}")?;
    Ok(())
}

/// One line, whatever a registry put into it.
fn line(found: &Found, outcome: &Outcome) -> String {
    let kind = found.kind().map_or("evidence", EvidenceKind::as_str);
    let mut line = format!("{} {kind}", outcome.verdict.as_str());
    if let Ok(evidence) = &found.evidence {
        line.push_str(&format!(" ({})", evidence.format.as_str()));
    }
    if let Some(predicate_type) = found.predicate_type() {
        line.push_str(&format!(" of {predicate_type}"));
    }
    if let Some(signer) = &outcome.signer {
        line.push_str(&format!(" by {signer}"));
    }
    line.push_str(&format!(" in {}", found.carrier));
    for reason in &outcome.reasons {
        line.push_str(&format!("; {}: {reason}. {}", reason.code(), reason.remediation()));
    }
    line.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn evidence(found: &Found, outcome: &Outcome) -> Value {
    let reasons = outcome.reasons.iter().map(|reason| {
        json!({ "code": reason.code(), "message": reason.to_string(), "remediation": reason.remediation() })
    });
    json!({
        "kind": found.kind().map(EvidenceKind::as_str),
        "format": found.evidence.as_ref().ok().map(|evidence| evidence.format.as_str()),
        "predicate_type": found.predicate_type(),
        "carrier": found.carrier.as_str(),
        "tag": found.tag.as_ref().map(ToString::to_string),
        "result": outcome.verdict.as_str(),
        "signer": outcome.signer,
        "reasons": reasons.collect::<Vec<_>>(),
        "slsa_level": outcome.slsa_level,
        "signed_at": outcome.signed_at.map(|at| at.to_rfc3339()),
    })
}
