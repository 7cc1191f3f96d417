//! What the results of all gates come to.

use super::{GateKind, GateResult, Mode, Outcome};
use crate::types::Timestamp;

/// What becomes of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// It may enter.
    Admit,
    /// Something has to be put right first.
    Blocked {
        /// The code of the first result that says so.
        why: String,
    },
    /// Somebody has to say yes.
    AwaitingApproval,
    /// It will do, once the time has come or what is looked at is known.
    Waiting {
        /// The code of the first result that waits.
        why: String,
    },
    /// Somebody said no.
    Rejected,
}

/// What the results come to. Only gates that are enforced count; where there is none at all, nothing was asked.
pub fn judge(results: &[GateResult]) -> Judgement {
    let enforced: Vec<_> = results.iter().filter(|result| result.mode == Mode::Enforce).collect();
    let is_approval = |result: &GateResult| result.kind == GateKind::Approvals;
    if enforced.iter().any(|result| is_approval(result) && result.outcome == Outcome::Fail) {
        return Judgement::Rejected;
    }
    let blocks = |result: &&&GateResult| !result.outcome.passes() && result.outcome != Outcome::Pending;
    if let Some(first) = enforced.iter().find(blocks) {
        return Judgement::Blocked { why: first.code.clone() };
    }
    let pending: Vec<_> = enforced.iter().filter(|result| result.outcome == Outcome::Pending).collect();
    if pending.iter().any(|result| is_approval(result)) {
        return Judgement::AwaitingApproval;
    }
    if let Some(first) = pending.first() {
        return Judgement::Waiting { why: first.code.clone() };
    }
    if enforced.is_empty() {
        return Judgement::Blocked { why: "nothing_asked".to_owned() };
    }
    Judgement::Admit
}

/// The same of an emergency admission, for which only those gates count that bind it too.
pub fn judge_under_glass(results: &[GateResult]) -> Judgement {
    let binding: Vec<GateResult> =
        results.iter().filter(|result| result.kind.binds_break_glass()).cloned().collect();
    judge(&binding)
}

impl Judgement {
    /// A code that says why.
    pub fn code(&self) -> &str {
        match self {
            Self::Admit => "gates_passed",
            Self::Blocked { why } | Self::Waiting { why } => why,
            Self::AwaitingApproval => "approvals_pending",
            Self::Rejected => "rejected",
        }
    }
}

/// When time alone may alter one of the results first, whether it counts or not.
pub fn next_at(results: &[GateResult]) -> Option<Timestamp> {
    results.iter().filter_map(|result| result.next_at).min()
}

/// Until when time holds the release back: the last end of what does. None when nothing waits for a time, or one that does
/// knows no end.
pub fn next_eligible_at(results: &[GateResult]) -> Option<Timestamp> {
    let waits = results.iter().filter(|result| result.kind.is_about_time() && result.holds_back());
    let ends: Option<Vec<Timestamp>> = waits.map(|result| result.next_at).collect();
    ends?.into_iter().max()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::types::{Algorithm, Digest};

    fn result(kind: GateKind, mode: Mode, outcome: Outcome, next_at: Option<i64>) -> GateResult {
        let digest = Digest::of(Algorithm::Sha256, b"");
        GateResult {
            gate: kind.to_string(),
            kind,
            mode,
            outcome,
            code: format!("{kind} {outcome}"),
            message: String::new(),
            remediation: None,
            evidence: Vec::new(),
            next_at: next_at.map(Timestamp::from_micros),
            input_digest: digest.clone(),
            policy_digest: digest,
        }
    }

    fn enforced(kind: GateKind, outcome: Outcome, next_at: Option<i64>) -> GateResult {
        result(kind, Mode::Enforce, outcome, next_at)
    }

    #[test]
    fn the_gravest_result_decides() {
        use GateKind::{Approvals, Soak, Tests};
        let mut results = vec![enforced(Tests, Outcome::Pass, None), enforced(Tests, Outcome::Warn, None)];
        assert_eq!(judge(&results), Judgement::Admit);
        results.push(enforced(Tests, Outcome::Waived, None));
        assert_eq!(judge(&results), Judgement::Admit);
        results.push(enforced(Soak, Outcome::Pending, Some(7)));
        results.push(enforced(Soak, Outcome::Pending, Some(5)));
        results[3].code = "soaking".to_owned();
        assert_eq!(judge(&results), Judgement::Waiting { why: "soaking".to_owned() });
        results.push(enforced(Tests, Outcome::Pending, None));
        assert_eq!(judge(&results).code(), "soaking");
        assert_eq!(next_at(&results), Some(Timestamp::from_micros(5)));
        results.push(enforced(Approvals, Outcome::Pending, None));
        assert_eq!(judge(&results), Judgement::AwaitingApproval);
        results.push(enforced(Tests, Outcome::Missing, None));
        results.push(enforced(Tests, Outcome::Error, None));
        assert_eq!(judge(&results), Judgement::Blocked { why: "tests missing".to_owned() });
        results.push(enforced(Approvals, Outcome::Fail, None));
        assert_eq!(judge(&results), Judgement::Rejected);
    }

    #[test]
    fn time_holds_back_until_the_last_of_what_waits_for_it() {
        use GateKind::{Approvals, Attestation, Freeze, Soak, Windows};
        let at = |micros| Some(Timestamp::from_micros(micros));
        let mut results = vec![
            // It is fresh until then, or waived; that makes nothing eligible.
            enforced(Attestation, Outcome::Pass, Some(1)),
            enforced(Attestation, Outcome::Waived, Some(2)),
            enforced(Attestation, Outcome::Missing, Some(3)),
            enforced(Approvals, Outcome::Pending, None),
            enforced(Windows, Outcome::Pass, Some(4)),
            result(Soak, Mode::Warn, Outcome::Pending, Some(9)),
        ];
        assert_eq!(next_eligible_at(&results), None);
        results.push(enforced(Soak, Outcome::Pending, Some(5)));
        assert_eq!(next_eligible_at(&results), at(5));
        results.push(enforced(Windows, Outcome::Pending, Some(7)));
        assert_eq!(next_eligible_at(&results), at(7));
        results.push(enforced(Freeze, Outcome::Fail, None));
        assert_eq!(next_eligible_at(&results), None, "nobody knows when it is lifted");
    }

    #[test]
    fn nothing_is_admitted_that_was_not_asked_about() {
        let blocked = Judgement::Blocked { why: "nothing_asked".to_owned() };
        assert_eq!(judge(&[]), blocked);
        assert_eq!(judge(&[result(GateKind::Tests, Mode::Warn, Outcome::Pass, None)]), blocked);
    }

    fn any_result() -> impl Strategy<Value = GateResult> {
        let kinds = proptest::sample::select(GateKind::ALL);
        let outcomes = proptest::sample::select(Outcome::ALL);
        let modes = proptest::sample::select(Mode::ALL);
        (kinds, modes, outcomes).prop_map(|(kind, mode, outcome)| result(kind, mode, outcome, None))
    }

    proptest! {
        #[test]
        fn it_is_admitted_only_when_every_enforced_gate_passes(
            results in proptest::collection::vec(any_result(), 0..6)
        ) {
            let mut enforced = results.iter().filter(|result| result.mode == Mode::Enforce).peekable();
            let passes = enforced.peek().is_some() && enforced.all(|result| result.outcome.passes());
            prop_assert_eq!(judge(&results) == Judgement::Admit, passes);
        }

        #[test]
        fn gates_that_are_not_enforced_alter_nothing(
            results in proptest::collection::vec(any_result(), 0..6)
        ) {
            let enforced: Vec<_> =
                results.iter().filter(|result| result.mode == Mode::Enforce).cloned().collect();
            prop_assert_eq!(judge(&results), judge(&enforced));
        }
    }
}
