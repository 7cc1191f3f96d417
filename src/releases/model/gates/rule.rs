//! A gate of a lifecycle: what it checks, of what, and whether it counts.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::answer::Answer;
use super::approvals::ApprovalsRule;
use super::asked::Asked;
use super::attestation::AttestationRule;
use super::provenance::ProvenanceRule;
use super::signature::SignatureRule;
use super::soak::SoakRule;
use super::tests_passed::TestsRule;
use super::ticket::TicketRule;
use super::vulnerabilities::VulnerabilitiesRule;
use super::when::When;
use super::windows::WindowsRule;
use crate::releases::model::GateKind;
use crate::releases::model::words::words;

words! {
    /// Whether what comes of a gate counts.
    Mode {
        /// It is only kept.
        DryRun = "dry_run",
        /// It is told as a warning.
        Warn = "warn",
        /// Nothing enters against it.
        Enforce = "enforce",
    }
}

/// A gate of a lifecycle.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Gate {
    /// Its name within the lifecycle: `[a-z0-9-]`, at most 64.
    pub id: String,
    /// Whether it counts; `enforce` unless said otherwise.
    #[schema(required = false)]
    pub mode: Mode,
    /// What it is narrowed to.
    #[serde(skip_serializing_if = "When::is_any")]
    #[schema(required = false)]
    pub when: When,
    /// What it checks, and with which parameters.
    #[serde(flatten)]
    pub rule: GateRule,
}

/// What a gate checks. Every parameter stands in its JSON, so that one which is unknown can be told.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum GateRule {
    /// That signers of the trust policy signed each artifact.
    Signature(SignatureRule),
    /// Who built each artifact, and of what.
    Provenance(ProvenanceRule),
    /// That something is attested of each artifact.
    Attestation(AttestationRule),
    /// Which vulnerabilities each artifact has.
    Vulnerabilities(VulnerabilitiesRule),
    /// What came of each artifact's tests.
    Tests(TestsRule),
    /// Who said yes.
    Approvals(ApprovalsRule),
    /// How long the release was verified in the stage before.
    Soak(SoakRule),
    /// Whether a window is open.
    Windows(WindowsRule),
    /// The change ticket.
    Ticket(TicketRule),
}

impl GateRule {
    /// What it checks.
    pub const fn kind(&self) -> GateKind {
        match self {
            Self::Signature(_) => GateKind::Signature,
            Self::Provenance(_) => GateKind::Provenance,
            Self::Attestation(_) => GateKind::Attestation,
            Self::Vulnerabilities(_) => GateKind::Vulnerabilities,
            Self::Tests(_) => GateKind::Tests,
            Self::Approvals(_) => GateKind::Approvals,
            Self::Soak(_) => GateKind::Soak,
            Self::Windows(_) => GateKind::Windows,
            Self::Ticket(_) => GateKind::Ticket,
        }
    }

    /// What is wrong with its parameters, and what to do.
    pub fn check(&self) -> Result<(), String> {
        match self {
            Self::Signature(rule) => rule.check(),
            Self::Provenance(rule) => rule.check(),
            Self::Attestation(rule) => rule.check(),
            Self::Vulnerabilities(rule) => rule.check(),
            Self::Tests(rule) => rule.check(),
            Self::Approvals(rule) => rule.check(),
            Self::Soak(rule) => rule.check(),
            Self::Windows(rule) => rule.check(),
            Self::Ticket(_) => Ok(()),
        }
    }

    fn answer(&self, asked: &Asked<'_>) -> Answer {
        match self {
            Self::Signature(rule) => rule.answer(asked),
            Self::Provenance(rule) => rule.answer(asked),
            Self::Attestation(rule) => rule.answer(asked),
            Self::Vulnerabilities(rule) => rule.answer(asked),
            Self::Tests(rule) => rule.answer(asked),
            Self::Approvals(rule) => rule.answer(asked),
            Self::Soak(rule) => rule.answer(asked),
            Self::Windows(rule) => rule.answer(asked),
            Self::Ticket(rule) => rule.answer(asked),
        }
    }
}

impl Gate {
    /// What it says of a release.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        if self.when.fits(asked.request) && asked.has_artifacts() {
            self.rule.answer(asked)
        } else {
            Answer::not_applicable("the gate is narrowed to other releases or artifacts")
        }
    }
}

/// By hand, since serde can't refuse unknown keys of what is flattened.
impl<'de> Deserialize<'de> for Gate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut rest = Map::<String, Value>::deserialize(deserializer)?;
        let Some(Value::String(id)) = rest.remove("id") else {
            return Err(D::Error::custom("a gate has an `id`, a text"));
        };
        let of_gate = |why: String| D::Error::custom(format_args!("gate {id:?}: {why}"));
        let mode = rest.remove("mode").map(Mode::deserialize).transpose();
        let mode = mode.map_err(|error| of_gate(error.to_string()))?.unwrap_or(Mode::Enforce);
        let when = rest.remove("when").map(When::deserialize).transpose();
        let when = when.map_err(|error| of_gate(error.to_string()))?.unwrap_or_default();
        let given: Vec<String> = rest.keys().cloned().collect();
        let rule: GateRule =
            serde_json::from_value(Value::Object(rest)).map_err(|error| of_gate(error.to_string()))?;
        let known = serde_json::to_value(&rule).map_err(|error| of_gate(error.to_string()))?;
        match given.iter().find(|key| known.get(key).is_none()) {
            Some(unknown) => {
                let names = known.as_object().map(|known| known.keys().cloned().collect::<Vec<_>>());
                let names = names.unwrap_or_default().join(", ");
                Err(of_gate(format!(
                    "unknown field `{unknown}`; beside id, mode and when it may have {names}"
                )))
            }
            None => Ok(Self { id, mode, when, rule }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(json: Value) -> Result<Gate, String> {
        serde_json::from_value(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_gate_is_read_with_its_parameters_and_written_alike() {
        let gate = read(json!({"id": "s", "type": "signature"})).unwrap();
        assert_eq!((gate.mode, gate.rule.kind()), (Mode::Enforce, GateKind::Signature));
        let written = serde_json::to_value(&gate).unwrap();
        assert_eq!(written, json!({"id": "s", "mode": "enforce", "type": "signature", "signers": null}));
        let again = read(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&again).unwrap(), written);
        let gate = json!({"id": "s", "type": "soak", "hours": 2, "minutes": 0, "mode": "dry_run",
                "when": {"kinds": ["image"]}});
        assert_eq!(serde_json::to_value(read(gate.clone()).unwrap()).unwrap(), gate);
    }

    #[test]
    fn what_is_misspelt_is_named() {
        let why = |json| read(json).unwrap_err();
        let unknown = why(json!({"id": "s", "type": "soak", "hours": 2, "hour": 1}));
        assert_eq!(
            unknown,
            "gate \"s\": unknown field `hour`; beside id, mode and when it may have hours, minutes, type"
        );
        for (json, part) in [
            (json!({"type": "soak", "hours": 2}), "a gate has an `id`"),
            (json!({"id": "s", "type": "sook"}), "unknown variant `sook`"),
            (json!({"id": "s", "type": "soak"}), "missing field `hours`"),
            (json!({"id": "s", "type": "soak", "hours": 2, "mode": "off"}), "unknown variant `off`"),
            (json!({"id": "s", "type": "soak", "hours": 2, "when": {"kind": []}}), "unknown field `kind`"),
            (json!([]), "expected a map"),
        ] {
            assert!(why(json.clone()).contains(part), "{json}: {}", why(json.clone()));
        }
    }
}
