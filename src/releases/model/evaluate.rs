//! Asks all gates of a release that is to enter an environment.

use serde_json::{Value, json};

use super::gates::{Answer, Asked, Basis, Gate, freeze, quarantine, start, upstream};
use super::{GateKind, GateResult, Inputs, Lifecycle, Mode, Outcome, Request, WaiverInput};
use crate::types::{Algorithm, Digest, Timestamp};

/// Asks all gates: first those that are always asked, then those by which the release leaves the stage before, then those by
/// which it enters this one.
pub fn evaluate(
    lifecycle: &Lifecycle,
    request: &Request,
    inputs: &Inputs,
    now: Timestamp,
) -> Vec<GateResult> {
    let position = lifecycle.position(&request.environment);
    let basis = Basis::of(lifecycle, position.unwrap_or(0), request.kind);
    let way = match position {
        Some(_) => upstream(&basis, request, inputs),
        None => Answer::error(
            "not_in_lifecycle",
            format!("environment {} is in no stage of the lifecycle", request.environment),
            "add it to a stage, or promote into one that is",
        )
        .having_seen(json!({ "environment": request.environment })),
    };
    let mut results = vec![
        standing(GateKind::Quarantine, quarantine(request, inputs), None),
        standing(GateKind::Freeze, freeze(request, inputs, now), None),
        standing(GateKind::Upstream, way, Some(basis.policy())),
        standing(GateKind::Start, start(request, now), None),
    ];
    let gates = position.map(|position| lifecycle.gates_into(position)).into_iter().flatten();
    results.extend(gates.map(|gate| {
        let asked = Asked::new(&gate.id, &gate.when, (request, inputs), &basis, now);
        of_gate(gate, &asked)
    }));
    results
}

/// The result of a gate that stands in no lifecycle.
fn standing(kind: GateKind, answer: Answer, policy: Option<Value>) -> GateResult {
    let policy = policy.unwrap_or_else(|| json!({ "type": kind }));
    result(kind.as_str(), (kind, Mode::Enforce), answer, &policy)
}

fn of_gate(gate: &Gate, asked: &Asked<'_>) -> GateResult {
    let kind = gate.rule.kind();
    let mut answer = gate.answer(asked);
    if kind.is_waivable()
        && matches!(answer.outcome, Outcome::Fail | Outcome::Missing)
        && let Some(waiver) = asked.gate_waiver()
    {
        answer = waived(answer, waiver);
    }
    result(&gate.id, (kind, gate.mode), answer, &json!(gate))
}

/// It passes by a waiver alone, and says so; its code stays that of what is waived.
fn waived(answer: Answer, waiver: &WaiverInput) -> Answer {
    let next_at = answer.next_at.map_or(waiver.ends_at, |at| at.min(waiver.ends_at));
    Answer {
        outcome: Outcome::Waived,
        message: format!("waived until {} by waiver {}: {}", waiver.ends_at, waiver.id, answer.message),
        next_at: Some(next_at),
        inputs: json!({ "gate": answer.inputs, "waiver": waiver.id }),
        ..answer
    }
}

fn result(gate: &str, (kind, mode): (GateKind, Mode), answer: Answer, policy: &Value) -> GateResult {
    GateResult {
        gate: gate.to_owned(),
        kind,
        mode,
        outcome: answer.outcome,
        code: answer.code.to_owned(),
        message: answer.message,
        remediation: answer.remediation,
        evidence: answer.evidence,
        next_at: answer.next_at,
        input_digest: digest(&answer.inputs),
        policy_digest: digest(policy),
    }
}

/// Of the JSON with its keys in order and nothing between them, as it is made here from the same values each time.
fn digest(of: &Value) -> Digest {
    Digest::of(Algorithm::Sha256, of.to_string().as_bytes())
}

#[cfg(test)]
mod tests;
