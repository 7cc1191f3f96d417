//! Every step from every state, and that no order of events leads around the gates.

use proptest::prelude::*;

use super::*;
use PromotionEvent::{Cancel, Expire, Judged, RollBack, Supersede};
use PromotionState as S;

fn events() -> Vec<PromotionEvent> {
    let judgements = [
        Judgement::Admit,
        Judgement::Blocked { why: "x".to_owned() },
        Judgement::AwaitingApproval,
        Judgement::Waiting { why: "soaking".to_owned() },
        Judgement::Rejected,
    ];
    let judged = judgements.into_iter().map(Judged);
    let reports = Report::ALL.iter().map(|report| PromotionEvent::Report(*report));
    judged.chain(reports).chain([Expire, Cancel, Supersede, RollBack]).collect()
}

/// Where an event leads from each of `PromotionState::ALL`; none where it can't happen.
fn led(event: &PromotionEvent) -> Vec<Option<PromotionState>> {
    S::ALL.iter().map(|state| state.step(event.clone()).ok()).collect()
}

/// Four pending states, then these, then the ends.
fn row(pending: Option<S>, admitted: [Option<S>; 4], ends: [Option<S>; 6]) -> Vec<Option<S>> {
    [pending; 4].into_iter().chain(admitted).chain(ends).collect()
}

const NONE: [Option<S>; 6] = [None; 6];

#[test]
fn every_event_in_every_state() {
    let admitted = |to: [Option<S>; 4]| row(None, to, NONE);
    let failed = |to: S| [None, None, None, None, Some(to), None];
    assert_eq!(led(&Judged(Judgement::Admit)), row(Some(S::Admitted), [None; 4], NONE));
    assert_eq!(led(&Judged(Judgement::Rejected)), row(Some(S::Rejected), [None; 4], NONE));
    assert_eq!(led(&Expire), row(Some(S::Expired), [None; 4], NONE));
    assert_eq!(led(&Cancel), row(Some(S::Cancelled), [None; 4], NONE));
    let superseded = Some(S::Superseded);
    let taken = [superseded, superseded, superseded, Some(S::Verified)];
    assert_eq!(led(&Supersede), row(superseded, taken, NONE));
    assert_eq!(led(&RollBack), row(None, [Some(S::RolledBack); 4], failed(S::RolledBack)));
    let report = |report| led(&PromotionEvent::Report(report));
    let (deploying, deployed, verified) = (Some(S::Deploying), Some(S::Deployed), Some(S::Verified));
    assert_eq!(report(Report::Deploying), admitted([deploying, deploying, None, None]));
    assert_eq!(report(Report::Deployed), admitted([deployed, deployed, deployed, None]));
    assert_eq!(report(Report::Verified), admitted([verified; 4]));
    let fails = [Some(S::Failed), Some(S::Failed), Some(S::Failed), None];
    assert_eq!(report(Report::Failed), row(None, fails, failed(S::Failed)));
}

#[test]
fn states_are_pending_admitted_or_final() {
    for state in S::ALL {
        let of = [state.is_pending(), state.is_admitted(), state.is_final()];
        assert_eq!(of.iter().filter(|is| **is).count(), 1, "{state}");
        assert_eq!(state.as_str().parse(), Ok(*state));
    }
    let refused = S::Waiting.step(PromotionEvent::Report(Report::Deployed)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the promotion is waiting, so it was not admitted, and nothing of it can be deployed"
    );
}

proptest! {
    #[test]
    fn only_a_judgement_admits_and_ends_are_ends(
        happened in proptest::collection::vec(proptest::sample::select(events()), 0..24)
    ) {
        let (mut state, mut was_admitted) = (S::Evaluating, false);
        for event in happened {
            let Ok(next) = state.step(event.clone()) else { continue };
            if event == Judged(Judgement::Admit) {
                prop_assert!(state.is_pending() && next == S::Admitted);
                was_admitted = true;
            }
            prop_assert!(was_admitted || !(next.is_admitted() || matches!(next, S::Failed | S::RolledBack)));
            prop_assert!(!was_admitted || !next.is_pending(), "nothing goes back before its gates");
            if state.is_final() {
                prop_assert!(next == state || (state, next) == (S::Failed, S::RolledBack));
            }
            state = next;
        }
    }
}
