//! Events of releases that can't have happened, and rows that are missing. That each column counts is shown beside the rows.

use super::*;
use crate::ledger::{
    FactActiveLifecycle, FactAdmission, FactApproval, FactArtifact, FactDecision, FactEnvironment, FactHold,
    FactLifecycle, FactNamed, FactPromotion, FactPromotionMove, FactQuarantine, FactRelease, FactReview,
    FactReviewGiven, FactWaiver, ReleaseFact as F,
};

const NONE: &str = "there is none that holds";
const TWICE: &str = "it holds already";

fn text(text: &str) -> String {
    text.to_owned()
}

fn environment(revision: i64) -> FactEnvironment {
    FactEnvironment {
        environment: text("e"),
        revision,
        name: text("staging"),
        tier: text("staging"),
        sensitivity: text("low"),
        labels: [].into(),
        drain_seconds: 0,
    }
}

fn lifecycle(revision: i64) -> F {
    F::LifecycleSet(FactLifecycle {
        scope: text("template:std"),
        revision,
        digest: text("sha256:00"),
        size: text("9"),
    })
}

fn active(revision: i64) -> F {
    F::LifecycleActivated(FactActiveLifecycle { scope: text("template:std"), revision })
}

fn release(id: &str, line: &str, repository: &str) -> F {
    let artifact = FactArtifact {
        repository: text(repository),
        digest: digest(0).to_string(),
        role: text("main"),
        kind: text("image"),
        pushed_by: None,
    };
    F::ReleaseCreated(FactRelease {
        release: text(id),
        name: text(line),
        version: text("1"),
        content: text("sha256:01"),
        artifacts: vec![artifact],
        labels: [].into(),
    })
}

fn requested() -> F {
    F::PromotionRequested(FactPromotion {
        promotion: text("p"),
        environment: text("e"),
        release: text("r"),
        line: text("shop"),
        promotion_kind: text("forward"),
        ticket: None,
        justification: None,
        start_at_us: None,
        expires_at_us: 9,
        glass_until_us: None,
        lifecycle_revision: 1,
        policy: text("none"),
    })
}

fn step(from: &str, to: &str) -> FactPromotionMove {
    FactPromotionMove {
        promotion: text("p"),
        from: text(from),
        to: text(to),
        why: text("so"),
        lifecycle_revision: 1,
        policy: text("none"),
        gates: vec![],
        draining: vec![],
        drains_until_us: None,
        evidence: None,
    }
}

fn admitted(from: &str, before: Option<&str>) -> F {
    F::PromotionAdmitted(FactAdmission {
        admission: text("a"),
        promotion: step(from, "admitted"),
        environment: text("e"),
        release: text("r"),
        line: text("shop"),
        before: before.map(text),
        before_drains_until_us: None,
    })
}

fn waiver() -> F {
    F::WaiverAsked(FactWaiver {
        waiver: text("x"),
        gate: text("scan"),
        environment: None,
        release: None,
        vulnerabilities: vec![],
        reason: text("so"),
        ends_at_us: 9,
    })
}

fn quarantine() -> F {
    F::QuarantineSet(FactQuarantine { quarantine: text("x"), digest: text("sha256:00"), reason: text("so") })
}

fn hold() -> F {
    F::AutoPromotionHeld(FactHold {
        hold: text("x"),
        environment: text("e"),
        line: text("shop"),
        promotion: text("x"),
    })
}

fn owed() -> F {
    F::ReviewOwed(FactReview { review: text("p"), promotion: text("p"), due_at_us: 9 })
}

fn given() -> F {
    F::ReviewGiven(FactReviewGiven { review: text("p"), verdict: text("justified") })
}

fn approval() -> F {
    F::ApprovalGiven(FactApproval {
        approval: text("x"),
        promotion: text("p"),
        verdict: text("approve"),
        release: text("r"),
        environment: text("e"),
        lifecycle_revision: 1,
        policy: text("none"),
    })
}

fn named() -> FactNamed {
    FactNamed { id: text("x") }
}

fn history(actor: Option<AccountId>, facts: Vec<F>) -> History {
    let mut history = History::new();
    history.actor = actor;
    for fact in facts {
        history.record(&fact.into(), None);
    }
    history
}

#[test]
fn releases_that_can_not_have_been_are_named() {
    let somebody = Some(AccountId::new());
    let drained = FactPromotionMove {
        draining: vec![text("b")],
        drains_until_us: Some(9),
        ..step("evaluating", "verified")
    };
    for (actor, facts, kind, why) in [
        (somebody, vec![F::EnvironmentUpdated(environment(2))], "environment.updated", NONE),
        (
            somebody,
            vec![F::EnvironmentCreated(environment(1)), F::EnvironmentUpdated(environment(3))],
            "environment.updated",
            "another revision held",
        ),
        (
            somebody,
            vec![F::EnvironmentCreated(environment(1)), F::EnvironmentCreated(environment(1))],
            "environment.created",
            TWICE,
        ),
        (somebody, vec![lifecycle(1), lifecycle(1)], "lifecycle.set", TWICE),
        (somebody, vec![lifecycle(1), active(2)], "lifecycle.activated", "there is no such revision"),
        (
            somebody,
            vec![release("r", "shop", REPOSITORY), release("s", "cart", REPOSITORY)],
            "release.created",
            "a repository of it belongs to another line",
        ),
        (somebody, vec![release("r", "shop", "acme/no")], "release.created", "there is no such repository"),
        (somebody, vec![F::PromotionMoved(step("evaluating", "waiting"))], "promotion.moved", NONE),
        (
            somebody,
            vec![requested(), F::PromotionMoved(step("waiting", "admitted"))],
            "promotion.moved",
            "the promotion is not in the state before it",
        ),
        (somebody, vec![requested(), F::PromotionMoved(drained)], "promotion.moved", "there was none"),
        (somebody, vec![requested(), admitted("evaluating", Some("b"))], "promotion.admitted", NONE),
        (None, vec![approval()], "approval.given", "nobody gave it"),
        (somebody, vec![approval(), approval()], "approval.given", TWICE),
        (somebody, vec![F::FreezeLifted(named())], "freeze.lifted", NONE),
        (somebody, vec![F::WaiverApproved(named())], "waiver.approved", NONE),
        (None, vec![waiver(), F::WaiverApproved(named())], "waiver.approved", "nobody approved it"),
        (
            somebody,
            vec![waiver(), F::WaiverApproved(named()), F::WaiverApproved(named())],
            "waiver.approved",
            "it was approved before",
        ),
        (
            somebody,
            vec![waiver(), F::WaiverWithdrawn(named()), F::WaiverApproved(named())],
            "waiver.approved",
            NONE,
        ),
        (somebody, vec![F::WaiverWithdrawn(named())], "waiver.withdrawn", NONE),
        (somebody, vec![quarantine(), quarantine()], "quarantine.set", TWICE),
        (somebody, vec![F::QuarantineLifted(named())], "quarantine.lifted", NONE),
        (somebody, vec![hold(), hold()], "auto_promotion.held", TWICE),
        (somebody, vec![F::AutoPromotionReleased(named())], "auto_promotion.released", NONE),
        (somebody, vec![owed()], "review.owed", "there is no such promotion"),
        (somebody, vec![requested(), given()], "review.given", NONE),
        (None, vec![requested(), owed(), given()], "review.given", "nobody gave it"),
    ] {
        let history = history(actor, facts);
        let last = history.events.len();
        let said = format!("event {last}: as {kind} it does not fit the events before it: {why}");
        let found = history.audit();
        assert!(found.iter().filter(|found| found.starts_with("event ")).eq([&said]), "{found:#?}");
    }
}

#[test]
fn what_has_no_row_stands_in_the_order_of_what_told_of_it() {
    let facts = vec![release("r", "shop", REPOSITORY), lifecycle(1), active(1), requested()];
    let missing = history(None, facts).audit();
    let named = |found: &String| Some(found.split_once(": the table says nothing")?.0.to_owned());
    let what: Vec<String> = missing.iter().filter_map(named).collect();
    assert_eq!(
        what,
        [
            "release shop 1",
            "artifact 0 of the release shop 1",
            "line of the repository acme/app",
            "revision 1 of the lifecycle template std",
            "active revision of the lifecycle template std",
            "promotion p",
            "state of the promotion p",
        ]
    );
}

#[test]
fn a_decision_changes_nothing() {
    let decision = FactDecision {
        action: text("deploy"),
        environment: text("staging"),
        allow: true,
        reasons: vec![],
        release: Some(text("r")),
        promotion: None,
    };
    assert_eq!(history(None, vec![F::DecisionMade(decision)]).audit(), Vec::<String>::new());
}
