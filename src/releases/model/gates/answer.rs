//! What a gate says, before it is known under which name and mode it was asked.

use serde_json::Value;

use crate::releases::model::{EvidenceRef, Outcome};
use crate::trust::KnownAttestation;
use crate::types::Timestamp;

/// Most pieces of evidence that a result names.
const EVIDENCE: usize = 20;
/// Most artifacts whose answers a message tells.
const TOLD: usize = 3;

/// What a gate says.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What came of it.
    pub outcome: Outcome,
    /// Says why, to programs.
    pub code: &'static str,
    /// Says why, to people.
    pub message: String,
    /// What to do about it.
    pub remediation: Option<String>,
    /// What it rests on.
    pub evidence: Vec<EvidenceRef>,
    /// When time alone may alter it.
    pub next_at: Option<Timestamp>,
    /// What was looked at.
    pub inputs: Value,
}

impl Answer {
    /// An answer that rests on nothing yet.
    pub fn new(outcome: Outcome, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            outcome,
            code,
            message: message.into(),
            remediation: None,
            evidence: Vec::new(),
            next_at: None,
            inputs: Value::Null,
        }
    }

    /// That it is as it should be.
    pub fn pass(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Outcome::Pass, code, message)
    }

    /// That it applies to nothing here.
    pub fn not_applicable(message: impl Into<String>) -> Self {
        Self::pass("not_applicable", message)
    }

    /// That it is not as it should be.
    pub fn fail(code: &'static str, message: impl Into<String>, remediation: impl Into<String>) -> Self {
        Self::new(Outcome::Fail, code, message).remedied(remediation)
    }

    /// That what has to be there is not.
    pub fn missing(code: &'static str, message: impl Into<String>, remediation: impl Into<String>) -> Self {
        Self::new(Outcome::Missing, code, message).remedied(remediation)
    }

    /// That something is waited for.
    pub fn pending(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Outcome::Pending, code, message)
    }

    /// That it can't be told.
    pub fn error(code: &'static str, message: impl Into<String>, remediation: impl Into<String>) -> Self {
        Self::new(Outcome::Error, code, message).remedied(remediation)
    }

    /// With what to do about it.
    pub fn remedied(mut self, remediation: impl Into<String>) -> Self {
        self.remediation = Some(remediation.into());
        self
    }

    /// With what it rests on.
    pub fn resting_on<'a>(mut self, evidence: impl IntoIterator<Item = &'a KnownAttestation>) -> Self {
        self.evidence = evidence
            .into_iter()
            .take(EVIDENCE)
            .map(|of| EvidenceRef { digest: of.carrier.clone(), evidence: of.evidence })
            .collect();
        self
    }

    /// With when time alone may alter it.
    pub fn until(mut self, at: Option<Timestamp>) -> Self {
        self.next_at = at;
        self
    }

    /// With what was looked at.
    pub fn having_seen(mut self, inputs: Value) -> Self {
        self.inputs = inputs;
        self
    }

    /// The answer of several artifacts: that of the one of which it is worst.
    pub fn of_all(answers: Vec<Self>) -> Self {
        let worst = answers.iter().map(|answer| answer.outcome).max().unwrap_or(Outcome::Error);
        let of_worst: Vec<_> = answers.iter().filter(|answer| answer.outcome == worst).collect();
        let Some(first) = of_worst.first() else {
            return Self::not_applicable("the release has no artifact to which the gate applies");
        };
        let mut messages: Vec<_> = of_worst.iter().take(TOLD).map(|answer| answer.message.clone()).collect();
        if let Some(more) = of_worst.len().checked_sub(TOLD).filter(|more| *more > 0) {
            messages.push(format!("{more} more artifacts are alike"));
        }
        Self {
            outcome: worst,
            code: first.code,
            message: messages.join("; "),
            remediation: first.remediation.clone(),
            evidence: answers.iter().flat_map(|answer| &answer.evidence).take(EVIDENCE).cloned().collect(),
            next_at: answers.iter().filter_map(|answer| answer.next_at).min(),
            inputs: answers.into_iter().map(|answer| answer.inputs).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_all_artifacts_is_told() {
        let at = |micros| Some(Timestamp::from_micros(micros));
        let answers = vec![
            Answer::pass("ok", "a is fine").until(at(5)),
            Answer::missing("gone", "b has none", "attach one").until(at(3)),
            Answer::pending("soon", "c is looked at"),
            Answer::missing("gone", "d has none", "attach another"),
        ];
        let all = Answer::of_all(answers);
        assert_eq!((all.outcome, all.code), (Outcome::Missing, "gone"));
        assert_eq!(all.message, "b has none; d has none");
        assert_eq!((all.remediation.as_deref(), all.next_at), (Some("attach one"), at(3)));
        let many = Answer::of_all(vec![Answer::pass("ok", "x"); 5]);
        assert_eq!(many.message, "x; x; x; 2 more artifacts are alike");
        assert_eq!(Answer::of_all(Vec::new()).code, "not_applicable");
    }
}
