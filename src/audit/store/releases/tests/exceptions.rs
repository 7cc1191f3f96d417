//! What people say of the promotions of the history, and what stands beside the gates.

use uuid::Uuid;

use super::super::*;
use super::story::{Story, text};
use crate::ledger::{
    FactApproval, FactDecision, FactFreeze, FactHold, FactNamed, FactQuarantine, FactReview, FactReviewGiven,
    FactTicketAnswer, FactWaiver, ReleaseFact as F,
};
use crate::types::AccountId;

pub fn exceptions(story: &mut Story) {
    words(story);
    freezes(story);
    waivers(story);
    quarantines(story);
    holds(story);
    reviews(story);
    let told = FactDecision {
        action: text("pull"),
        environment: text("staging"),
        allow: false,
        reasons: vec![],
        release: None,
        promotion: None,
    };
    story.tell(F::DecisionMade(told));
}

fn account(story: &Story) -> Option<Uuid> {
    story.history.actor.map(AccountId::uuid)
}

fn named(id: Uuid) -> FactNamed {
    FactNamed { id: id.to_string() }
}

fn words(story: &mut Story) {
    let (id, promotion_id) = (Uuid::now_v7(), story.promotion);
    let told = FactApproval {
        approval: id.to_string(),
        promotion: promotion_id.to_string(),
        verdict: text("approve"),
        release: story.release.to_string(),
        environment: story.environment.to_string(),
        lifecycle_revision: 2,
        policy: text("none"),
    };
    let (at_us, from_event) = story.tell(F::ApprovalGiven(told));
    let given = approval::Model {
        id,
        promotion_id,
        account_id: account(story).unwrap(),
        verdict: text("approve"),
        lifecycle_revision: 2,
        policy: text("none"),
        at_us,
        from_event,
    };
    story.keep(&given, of_approval, &[]);
    let id = Uuid::now_v7();
    let told = FactTicketAnswer {
        answer: id.to_string(),
        promotion: promotion_id.to_string(),
        verdict: text("approved"),
        reference: Some(text("OPS-1")),
    };
    let (at_us, from_event) = story.tell(F::TicketAnswered(told));
    let answered = ticket_answer::Model {
        id,
        promotion_id,
        account_id: account(story),
        verdict: text("approved"),
        reference: Some(text("OPS-1")),
        at_us,
        from_event,
    };
    story.keep(&answered, of_ticket_answer, &[]);
}

fn freezes(story: &mut Story) {
    let id = Uuid::now_v7();
    let told = FactFreeze {
        freeze: id.to_string(),
        environment: Some(text("prod-*")),
        tier: Some(text("production")),
        reason: text("sale"),
        incident: Some(text("INC-1")),
        allowed_kinds: vec![text("hotfix"), text("rollback")],
        starts_at_us: 4,
        ends_at_us: Some(5),
    };
    let (valid_from_us, from_event) = story.tell(F::FreezeSet(told));
    let (to_us, to_event) = story.tell(F::FreezeLifted(named(id)));
    let lifted = freeze::Model {
        id,
        project_id: Some(story.project),
        environment: Some(text("prod-*")),
        tier: Some(text("production")),
        reason: text("sale"),
        incident: Some(text("INC-1")),
        allowed_kinds: text(r#"["hotfix","rollback"]"#),
        starts_at_us: 4,
        ends_at_us: Some(5),
        set_by: account(story),
        valid_from_us,
        valid_to_us: Some(to_us),
        from_event,
        to_event: Some(to_event),
    };
    story.keep(&lifted, of_freeze, &[]);
}

fn waivers(story: &mut Story) {
    let id = Uuid::now_v7();
    let told = FactWaiver {
        waiver: id.to_string(),
        gate: text("scan"),
        environment: Some(text("staging")),
        release: Some(story.release.to_string()),
        vulnerabilities: vec![text("CVE-2026-1")],
        reason: text("not reachable"),
        ends_at_us: 5,
    };
    let (valid_from_us, from_event) = story.tell(F::WaiverAsked(told));
    let asked_by = account(story);
    story.history.actor = Some(AccountId::new());
    let (approved_at_us, _) = story.tell(F::WaiverApproved(named(id)));
    let approved_by = account(story);
    let (to_us, to_event) = story.tell(F::WaiverWithdrawn(named(id)));
    let withdrawn = waiver::Model {
        id,
        project_id: story.project,
        gate: text("scan"),
        environment: Some(text("staging")),
        release_id: Some(story.release),
        vulnerabilities: text(r#"["CVE-2026-1"]"#),
        reason: text("not reachable"),
        ends_at_us: 5,
        asked_by,
        approved_by,
        approved_at_us: Some(approved_at_us),
        valid_from_us,
        valid_to_us: Some(to_us),
        from_event,
        to_event: Some(to_event),
    };
    story.keep(&withdrawn, of_waiver, &[]);
}

fn quarantines(story: &mut Story) {
    let id = Uuid::now_v7();
    let told =
        FactQuarantine { quarantine: id.to_string(), digest: text("sha256:00"), reason: text("compromised") };
    let (valid_from_us, from_event) = story.tell(F::QuarantineSet(told));
    let (to_us, to_event) = story.tell(F::QuarantineLifted(named(id)));
    let lifted = quarantine::Model {
        id,
        project_id: story.project,
        digest: text("sha256:00"),
        reason: text("compromised"),
        set_by: account(story),
        valid_from_us,
        valid_to_us: Some(to_us),
        from_event,
        to_event: Some(to_event),
    };
    story.keep(&lifted, of_quarantine, &[]);
}

fn holds(story: &mut Story) {
    let promotion_id = story.promotion;
    let told = FactHold {
        hold: promotion_id.to_string(),
        environment: story.environment.to_string(),
        line: text("shop"),
        promotion: promotion_id.to_string(),
    };
    let (valid_from_us, from_event) = story.tell(F::AutoPromotionHeld(told));
    let (to_us, to_event) = story.tell(F::AutoPromotionReleased(named(promotion_id)));
    let released = auto_promotion_hold::Model {
        id: promotion_id,
        project_id: story.project,
        environment_id: story.environment,
        line: text("shop"),
        promotion_id,
        valid_from_us,
        valid_to_us: Some(to_us),
        from_event,
        to_event: Some(to_event),
    };
    story.keep(&released, of_hold, &[]);
}

fn reviews(story: &mut Story) {
    let promotion_id = story.promotion;
    let used_by = story.requester.map(AccountId::uuid);
    let told =
        FactReview { review: promotion_id.to_string(), promotion: promotion_id.to_string(), due_at_us: 9 };
    let (valid_from_us, from_event) = story.tell(F::ReviewOwed(told));
    let told = FactReviewGiven { review: promotion_id.to_string(), verdict: text("justified") };
    let (to_us, to_event) = story.tell(F::ReviewGiven(told));
    let given = review::Model {
        id: promotion_id,
        project_id: story.project,
        promotion_id,
        used_by,
        due_at_us: 9,
        reviewed_by: account(story),
        verdict: Some(text("justified")),
        valid_from_us,
        valid_to_us: Some(to_us),
        from_event,
        to_event: Some(to_event),
    };
    story.keep(&given, of_review, &[]);
}
