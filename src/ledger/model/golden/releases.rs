//! The bytes of the kinds that tell of releases.

use super::*;
use crate::ledger::{
    FactActiveLifecycle, FactAdmission, FactApproval, FactArtifact, FactDecision, FactEnvironment,
    FactFreeze, FactGate, FactHold, FactLifecycle, FactNamed, FactPromotion, FactPromotionMove,
    FactQuarantine, FactRelease, FactReview, FactReviewGiven, FactTicketAnswer, FactWaiver, ReleaseFact,
};
use ReleaseFact as F;

fn text(text: &str) -> String {
    text.to_owned()
}

/// Demands these bytes of a fact, and that it reads them again.
fn assert_golden(fact: ReleaseFact, kind: &str, data: &str) {
    assert_golden_as("success", fact, kind, data);
}

fn assert_golden_as(outcome: &str, fact: ReleaseFact, kind: &str, data: &str) {
    let golden = format!(r#""kind":"{kind}"…"{outcome}","data":{data}"#);
    assert_eq!(data_of(fact.clone()) + "}", golden);
    assert_eq!(RecordedEvent::parse(1, leaf_of(fact.clone())).unwrap().fact, Fact::Release(fact), "{kind}");
}

fn environment() -> FactEnvironment {
    FactEnvironment {
        environment: text("e"),
        revision: 2,
        name: text("staging"),
        tier: text("staging"),
        sensitivity: text("high"),
        labels: [(text("team"), text("b")), (text("region"), text("eu"))].into(),
        drain_seconds: 600,
    }
}

const ENVIRONMENT: &str = r#"{"drain_seconds":600,"environment":"e","labels":{"region":"eu","team":"b"},"name":"staging","revision":2,"sensitivity":"high","tier":"staging"}"#;

#[test]
fn environment_created() {
    assert_golden(F::EnvironmentCreated(environment()), "environment.created", ENVIRONMENT);
}

#[test]
fn environment_updated() {
    assert_golden(F::EnvironmentUpdated(environment()), "environment.updated", ENVIRONMENT);
}

#[test]
fn lifecycle_set() {
    let fact = FactLifecycle {
        scope: text("template:std"),
        revision: 3,
        digest: text("sha256:00"),
        size: text("9"),
    };
    let golden = r#"{"digest":"sha256:00","revision":3,"scope":"template:std","size":"9"}"#;
    assert_golden(F::LifecycleSet(fact), "lifecycle.set", golden);
}

#[test]
fn lifecycle_activated() {
    let fact = FactActiveLifecycle { scope: text("p"), revision: 3 };
    assert_golden(F::LifecycleActivated(fact), "lifecycle.activated", r#"{"revision":3,"scope":"p"}"#);
}

#[test]
fn release_created() {
    let artifact = |role: &str, pushed_by| FactArtifact {
        repository: text("acme/app"),
        digest: text("sha256:00"),
        role: text(role),
        kind: text("image"),
        pushed_by,
    };
    let fact = FactRelease {
        release: text("r"),
        name: text("shop"),
        version: text("1.4.2"),
        content: text("sha256:01"),
        artifacts: vec![artifact("main", Some(text("a"))), artifact("job", None)],
        labels: [(text("team"), text("b"))].into(),
    };
    let golden = r#"{"artifacts":[{"digest":"sha256:00","kind":"image","pushed_by":"a","repository":"acme/app","role":"main"},{"digest":"sha256:00","kind":"image","repository":"acme/app","role":"job"}],"content":"sha256:01","labels":{"team":"b"},"name":"shop","release":"r","version":"1.4.2"}"#;
    assert_golden(F::ReleaseCreated(fact), "release.created", golden);
}

#[test]
fn promotion_requested() {
    let all = FactPromotion {
        promotion: text("p"),
        environment: text("e"),
        release: text("r"),
        line: text("shop"),
        promotion_kind: text("forward"),
        ticket: Some(text("OPS-1")),
        justification: Some(text("it burns")),
        start_at_us: Some(4),
        expires_at_us: 5,
        glass_until_us: Some(6),
        lifecycle_revision: 3,
        policy: text("sha256:01"),
    };
    let least = FactPromotion {
        ticket: None,
        justification: None,
        start_at_us: None,
        glass_until_us: None,
        ..all.clone()
    };
    let golden = r#"{"environment":"e","expires_at_us":5,"glass_until_us":6,"justification":"it burns","lifecycle_revision":3,"line":"shop","policy":"sha256:01","promotion":"p","promotion_kind":"forward","release":"r","start_at_us":4,"ticket":"OPS-1"}"#;
    assert_golden(F::PromotionRequested(all), "promotion.requested", golden);
    let golden = r#"{"environment":"e","expires_at_us":5,"lifecycle_revision":3,"line":"shop","policy":"sha256:01","promotion":"p","promotion_kind":"forward","release":"r"}"#;
    assert_golden(F::PromotionRequested(least), "promotion.requested", golden);
}

fn least_move() -> FactPromotionMove {
    FactPromotionMove {
        promotion: text("p"),
        from: text("deployed"),
        to: text("verified"),
        why: text("reported"),
        lifecycle_revision: 3,
        policy: text("none"),
        gates: vec![],
        draining: vec![],
        drains_until_us: None,
        evidence: None,
    }
}

fn whole_move() -> FactPromotionMove {
    let gate = FactGate {
        gate: text("signed"),
        mode: text("enforce"),
        outcome: text("pass"),
        code: text("verified"),
        input: text("sha256:02"),
        policy: text("sha256:03"),
    };
    FactPromotionMove {
        gates: vec![gate],
        draining: vec![text("a1"), text("a2")],
        drains_until_us: Some(7),
        evidence: Some(text("run 8")),
        ..least_move()
    }
}

const LEAST_MOVE: &str = r#"{"from":"deployed","lifecycle_revision":3,"policy":"none","promotion":"p","to":"verified","why":"reported"}"#;
const WHOLE_MOVE: &str = r#"{"draining":["a1","a2"],"drains_until_us":7,"evidence":"run 8","from":"deployed","gates":[{"code":"verified","gate":"signed","input":"sha256:02","mode":"enforce","outcome":"pass","policy":"sha256:03"}],"lifecycle_revision":3,"policy":"none","promotion":"p","to":"verified","why":"reported"}"#;

#[test]
fn promotion_moved() {
    assert_golden(F::PromotionMoved(whole_move()), "promotion.moved", WHOLE_MOVE);
    assert_golden(F::PromotionMoved(least_move()), "promotion.moved", LEAST_MOVE);
}

#[test]
fn promotion_admitted() {
    let all = FactAdmission {
        admission: text("a"),
        promotion: whole_move(),
        environment: text("e"),
        release: text("r"),
        line: text("shop"),
        before: Some(text("b")),
        before_drains_until_us: Some(8),
    };
    let least =
        FactAdmission { promotion: least_move(), before: None, before_drains_until_us: None, ..all.clone() };
    let golden = format!(
        r#"{{"admission":"a","before":"b","before_drains_until_us":8,"environment":"e","line":"shop","promotion":{WHOLE_MOVE},"release":"r"}}"#
    );
    assert_golden(F::PromotionAdmitted(all), "promotion.admitted", &golden);
    let golden = format!(
        r#"{{"admission":"a","environment":"e","line":"shop","promotion":{LEAST_MOVE},"release":"r"}}"#
    );
    assert_golden(F::PromotionAdmitted(least), "promotion.admitted", &golden);
}

fn approval() -> FactApproval {
    FactApproval {
        approval: text("a"),
        promotion: text("p"),
        verdict: text("approve"),
        release: text("r"),
        environment: text("e"),
        lifecycle_revision: 3,
        policy: text("none"),
    }
}

#[test]
fn approval_given() {
    let golden = r#"{"approval":"a","environment":"e","lifecycle_revision":3,"policy":"none","promotion":"p","release":"r","verdict":"approve"}"#;
    assert_golden(F::ApprovalGiven(approval()), "approval.given", golden);
}

#[test]
fn ticket_answered() {
    let all = FactTicketAnswer {
        answer: text("a"),
        promotion: text("p"),
        verdict: text("approved"),
        reference: Some(text("OPS-1")),
    };
    let least = FactTicketAnswer { reference: None, ..all.clone() };
    let golden = r#"{"answer":"a","promotion":"p","reference":"OPS-1","verdict":"approved"}"#;
    assert_golden(F::TicketAnswered(all), "ticket.answered", golden);
    let golden = r#"{"answer":"a","promotion":"p","verdict":"approved"}"#;
    assert_golden(F::TicketAnswered(least), "ticket.answered", golden);
}

#[test]
fn freeze_set() {
    let all = FactFreeze {
        freeze: text("f"),
        environment: Some(text("prod-*")),
        tier: Some(text("production")),
        reason: text("sale"),
        incident: Some(text("INC-1")),
        allowed_kinds: vec![text("hotfix"), text("rollback")],
        starts_at_us: 4,
        ends_at_us: Some(5),
    };
    let least = FactFreeze {
        environment: None,
        tier: None,
        incident: None,
        allowed_kinds: vec![],
        ends_at_us: None,
        ..all.clone()
    };
    let golden = r#"{"allowed_kinds":["hotfix","rollback"],"ends_at_us":5,"environment":"prod-*","freeze":"f","incident":"INC-1","reason":"sale","starts_at_us":4,"tier":"production"}"#;
    assert_golden(F::FreezeSet(all), "freeze.set", golden);
    let golden = r#"{"allowed_kinds":[],"freeze":"f","reason":"sale","starts_at_us":4}"#;
    assert_golden(F::FreezeSet(least), "freeze.set", golden);
}

fn named() -> FactNamed {
    FactNamed { id: text("x") }
}

#[test]
fn freeze_lifted() {
    assert_golden(F::FreezeLifted(named()), "freeze.lifted", r#"{"id":"x"}"#);
}

#[test]
fn waiver_asked() {
    let all = FactWaiver {
        waiver: text("w"),
        gate: text("scan"),
        environment: Some(text("staging")),
        release: Some(text("r")),
        vulnerabilities: vec![text("CVE-2026-1")],
        reason: text("not reachable"),
        ends_at_us: 5,
    };
    let least = FactWaiver { environment: None, release: None, vulnerabilities: vec![], ..all.clone() };
    let golden = r#"{"ends_at_us":5,"environment":"staging","gate":"scan","reason":"not reachable","release":"r","vulnerabilities":["CVE-2026-1"],"waiver":"w"}"#;
    assert_golden(F::WaiverAsked(all), "waiver.asked", golden);
    let golden =
        r#"{"ends_at_us":5,"gate":"scan","reason":"not reachable","vulnerabilities":[],"waiver":"w"}"#;
    assert_golden(F::WaiverAsked(least), "waiver.asked", golden);
}

#[test]
fn waiver_approved() {
    assert_golden(F::WaiverApproved(named()), "waiver.approved", r#"{"id":"x"}"#);
}

#[test]
fn waiver_withdrawn() {
    assert_golden(F::WaiverWithdrawn(named()), "waiver.withdrawn", r#"{"id":"x"}"#);
}

#[test]
fn quarantine_set() {
    let fact =
        FactQuarantine { quarantine: text("q"), digest: text("sha256:00"), reason: text("compromised") };
    let golden = r#"{"digest":"sha256:00","quarantine":"q","reason":"compromised"}"#;
    assert_golden(F::QuarantineSet(fact), "quarantine.set", golden);
}

#[test]
fn quarantine_lifted() {
    assert_golden(F::QuarantineLifted(named()), "quarantine.lifted", r#"{"id":"x"}"#);
}

#[test]
fn auto_promotion_held() {
    let fact = FactHold { hold: text("h"), environment: text("e"), line: text("shop"), promotion: text("p") };
    let golden = r#"{"environment":"e","hold":"h","line":"shop","promotion":"p"}"#;
    assert_golden(F::AutoPromotionHeld(fact), "auto_promotion.held", golden);
}

#[test]
fn auto_promotion_released() {
    assert_golden(F::AutoPromotionReleased(named()), "auto_promotion.released", r#"{"id":"x"}"#);
}

#[test]
fn review_owed() {
    let fact = FactReview { review: text("v"), promotion: text("p"), due_at_us: 5 };
    assert_golden(F::ReviewOwed(fact), "review.owed", r#"{"due_at_us":5,"promotion":"p","review":"v"}"#);
}

#[test]
fn review_given() {
    let fact = FactReviewGiven { review: text("v"), verdict: text("justified") };
    assert_golden(F::ReviewGiven(fact), "review.given", r#"{"review":"v","verdict":"justified"}"#);
}

#[test]
fn decision_made() {
    let all = FactDecision {
        action: text("promote"),
        environment: text("staging"),
        allow: true,
        reasons: vec![text("gates_passed")],
        release: Some(text("r")),
        promotion: Some(text("p")),
    };
    let denied =
        FactDecision { allow: false, reasons: vec![], release: None, promotion: None, ..all.clone() };
    let golden = r#"{"action":"promote","allow":true,"environment":"staging","promotion":"p","reasons":["gates_passed"],"release":"r"}"#;
    assert_golden(F::DecisionMade(all), "decision.made", golden);
    let golden = r#"{"action":"promote","allow":false,"environment":"staging","reasons":[]}"#;
    assert_golden_as("denied", F::DecisionMade(denied), "decision.made", golden);
}

#[test]
fn a_comment_is_personal_data_and_nothing_else() {
    let event = |comment| {
        let caller = Caller::of(id(3), Origin::default());
        let fact = F::ApprovalGiven(approval());
        let event = Event::new(&caller, Timestamp::from_micros(5), Some(id(2)), fact).commented(comment);
        event.seal_with([7; 16], [9; 16]).unwrap()
    };
    let sealed = event(Some("seen with Ada"));
    let personal = sealed.personal.unwrap();
    assert_eq!(personal.content, br#"{"comment":"seen with Ada"}"#);
    let leaf = String::from_utf8(sealed.leaf).unwrap();
    let commitment = Sha256Hex::of(&[&[9; 16], &personal.content]);
    let committed = format!(r#","personal":"{}","policy":"none""#, commitment.as_str());
    assert!(leaf.contains(&committed) && !leaf.contains("Ada"), "{leaf}");
    let silent = event(None);
    assert!(silent.personal.is_none());
    assert!(!String::from_utf8(silent.leaf).unwrap().contains("personal"));
}
