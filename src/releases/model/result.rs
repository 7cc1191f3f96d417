//! What comes of asking a gate.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::words::words;
use super::{Mode, instant};
use crate::types::{Digest, EvidenceId, Timestamp};

words! {
    /// What a gate checks.
    GateKind {
        /// That no artifact is quarantined. Always asked.
        Quarantine = "quarantine",
        /// That no freeze binds. Always asked.
        Freeze = "freeze",
        /// That the release was verified where it has to be first. Always asked.
        Upstream = "upstream",
        /// That the promotion's start has come. Always asked.
        Start = "start",
        /// That signers of the trust policy signed each artifact.
        Signature = "signature",
        /// Who built each artifact, and of what.
        Provenance = "provenance",
        /// That something is attested of each artifact.
        Attestation = "attestation",
        /// Which vulnerabilities each artifact has.
        Vulnerabilities = "vulnerabilities",
        /// What came of each artifact's tests.
        Tests = "tests",
        /// Who said yes.
        Approvals = "approvals",
        /// How long the release was verified in the stage before.
        Soak = "soak",
        /// Whether a window is open.
        Windows = "windows",
        /// The change ticket.
        Ticket = "ticket",
    }
    /// What came of it.
    Outcome {
        /// It is as it should be.
        Pass = "pass",
        /// It may pass, and somebody should look.
        Warn = "warn",
        /// It would not pass, but for a waiver.
        Waived = "waived",
        /// Not yet: time, a person or a verification is waited for.
        Pending = "pending",
        /// What has to be there is not.
        Missing = "missing",
        /// It is not as it should be.
        Fail = "fail",
        /// It can't be told, so it does not pass.
        Error = "error",
    }
}

impl GateKind {
    /// Whether a waiver can take a failure of it back: what time or people bring is waited for.
    pub const fn is_waivable(self) -> bool {
        self.is_about_evidence() || matches!(self, Self::Ticket)
    }

    /// Whether it asks for what is attested of artifacts, so that what it said may turn with the evidence.
    pub const fn is_about_evidence(self) -> bool {
        use GateKind as K;
        matches!(self, K::Signature | K::Provenance | K::Attestation | K::Vulnerabilities | K::Tests)
    }

    /// Whether it waits for a time, so that nothing else need happen for it to pass.
    pub const fn is_about_time(self) -> bool {
        matches!(self, Self::Freeze | Self::Start | Self::Soak | Self::Windows)
    }

    /// Whether it holds for an emergency admission too.
    pub const fn binds_break_glass(self) -> bool {
        matches!(self, Self::Quarantine)
    }
}

impl Outcome {
    /// Whether it lets the release pass.
    pub const fn passes(self) -> bool {
        matches!(self, Self::Pass | Self::Warn | Self::Waived)
    }
}

/// A piece of evidence that a result rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EvidenceRef {
    /// The manifest that carries it.
    #[schema(value_type = String)]
    pub digest: Digest,
    /// The evidence.
    #[schema(value_type = String)]
    pub evidence: EvidenceId,
}

/// What came of asking a gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateResult {
    /// The gate's id.
    pub gate: String,
    /// What it checks.
    pub kind: GateKind,
    /// Whether it counts.
    pub mode: Mode,
    /// What came of it.
    pub outcome: Outcome,
    /// Says why, to programs.
    pub code: String,
    /// Says why, to people.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    /// What it rests on; of much, a part.
    pub evidence: Vec<EvidenceRef>,
    /// When time alone may alter it. RFC 3339.
    #[serde(default, with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next_at: Option<Timestamp>,
    /// SHA-256 of what was looked at, but for the time of asking.
    #[schema(value_type = String)]
    pub input_digest: Digest,
    /// SHA-256 of the gate as it is asked.
    #[schema(value_type = String)]
    pub policy_digest: Digest,
}

impl GateResult {
    /// Whether it keeps the release from being admitted.
    pub fn holds_back(&self) -> bool {
        self.mode == Mode::Enforce && !self.outcome.passes()
    }

    /// What it says and what to do, in a sentence.
    pub fn explanation(&self) -> String {
        match &self.remediation {
            Some(remediation) => format!("{}: {}; {remediation}", self.gate, self.message),
            None => format!("{}: {}", self.gate, self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    #[test]
    fn a_result_is_read_as_it_was_written() {
        let digest = Digest::of(Algorithm::Sha256, b"x");
        let result = GateResult {
            gate: "soak".to_owned(),
            kind: GateKind::Soak,
            mode: Mode::DryRun,
            outcome: Outcome::Pending,
            code: "soaking".to_owned(),
            message: "not yet".to_owned(),
            remediation: None,
            evidence: vec![EvidenceRef { digest: digest.clone(), evidence: EvidenceId::new() }],
            next_at: Some(Timestamp::from_micros(1_000_001)),
            input_digest: digest.clone(),
            policy_digest: digest,
        };
        let json = serde_json::to_value(&result).unwrap();
        assert_eq!(json["next_at"], "1970-01-01T00:00:01.000001Z");
        assert_eq!((&json["mode"], &json["outcome"]), (&"dry_run".into(), &"pending".into()));
        assert_eq!(serde_json::from_value::<GateResult>(json).unwrap(), result);
    }

    #[test]
    fn only_quarantine_binds_break_glass_and_no_waiver_lifts_what_must_stand() {
        let bind: Vec<_> = GateKind::ALL.iter().filter(|kind| kind.binds_break_glass()).collect();
        assert_eq!(bind, [&GateKind::Quarantine]);
        let stand: Vec<_> = GateKind::ALL.iter().filter(|kind| !kind.is_waivable()).collect();
        use GateKind::{Approvals, Freeze, Quarantine, Soak, Start, Upstream, Windows};
        assert_eq!(stand, [&Quarantine, &Freeze, &Upstream, &Start, &Approvals, &Soak, &Windows]);
    }
}
