//! Promotions of the history: one that is succeeded and drains, one that is verified, one that drains by itself.

use uuid::Uuid;

use super::super::*;
use super::story::{At, Story, text};
use crate::ledger::{FactAdmission, FactPromotion, FactPromotionMove, ReleaseFact as F};
use crate::types::AccountId;

pub fn promotions(story: &mut Story) {
    let (project_id, environment_id, release_id) = (story.project, story.environment, story.release);
    let account = story.history.actor.map(AccountId::uuid);
    let mut before: Option<admission::Model> = None;
    for (n, id) in [story.promotion, Uuid::now_v7(), Uuid::now_v7()].into_iter().enumerate() {
        let whole = n == 1;
        let some = |what: &str| whole.then(|| text(what));
        let told = FactPromotion {
            promotion: id.to_string(),
            environment: environment_id.to_string(),
            release: release_id.to_string(),
            line: text("shop"),
            promotion_kind: text("forward"),
            ticket: some("OPS-1"),
            justification: some("it burns"),
            start_at_us: whole.then_some(4),
            expires_at_us: 5,
            glass_until_us: whole.then_some(6),
            lifecycle_revision: 2,
            policy: text("none"),
        };
        let (requested_at_us, from_event) = story.tell(F::PromotionRequested(told));
        let asked = promotion::Model {
            id,
            project_id,
            environment_id,
            release_id,
            line: text("shop"),
            kind: text("forward"),
            ticket: some("OPS-1"),
            justification: some("it burns"),
            requested_by: account,
            requested_at_us,
            start_at_us: whole.then_some(4),
            expires_at_us: 5,
            glass_until_us: whole.then_some(6),
            from_event,
        };
        story.keep(&asked, of_promotion, &[]);
        let mut state = promotion_state::Model {
            id: Uuid::now_v7(),
            promotion_id: id,
            project_id,
            environment_id,
            line: text("shop"),
            state: text("evaluating"),
            why: text("requested"),
            lifecycle_revision: 2,
            policy: text("none"),
            valid_from_us: requested_at_us,
            valid_to_us: None,
            from_event,
            to_event: None,
        };
        let move_to = |to: &str, from: &promotion_state::Model| FactPromotionMove {
            promotion: id.to_string(),
            from: from.state.clone(),
            to: text(to),
            why: text("so"),
            lifecycle_revision: 3,
            policy: text("sha256:02"),
            gates: vec![],
            draining: vec![],
            drains_until_us: None,
            evidence: None,
        };
        let admitted = Uuid::now_v7();
        let told = FactAdmission {
            admission: admitted.to_string(),
            promotion: move_to("admitted", &state),
            environment: environment_id.to_string(),
            release: release_id.to_string(),
            line: text("shop"),
            before: before.as_ref().map(|before| before.id.to_string()),
            before_drains_until_us: (n == 2).then_some(8),
        };
        let at = story.tell(F::PromotionAdmitted(told));
        (state.valid_to_us, state.to_event) = (Some(at.0), Some(at.1));
        story.keep(&state, of_promotion_state, &["id"]);
        state = after(state, "admitted", at);
        let mut drained = before.take();
        if let Some(before) = &mut drained {
            (before.valid_to_us, before.to_event) = (Some(at.0), Some(at.1));
            before.drains_until_us = (n == 2).then_some(8);
        }
        if whole {
            let drained = drained.as_mut().unwrap();
            drained.drains_until_us = Some(7);
            let mut told = move_to("verified", &state);
            (told.draining, told.drains_until_us) = (vec![drained.id.to_string()], Some(7));
            let at = story.tell(F::PromotionMoved(told));
            (state.valid_to_us, state.to_event) = (Some(at.0), Some(at.1));
            story.keep(&state, of_promotion_state, &["id"]);
            state = after(state, "verified", at);
        }
        story.keep(&state, of_promotion_state, &["id"]);
        if let Some(drained) = &drained {
            story.keep(drained, of_admission, &[]);
        }
        before = Some(admission::Model {
            id: admitted,
            project_id,
            environment_id,
            line: text("shop"),
            release_id,
            promotion_id: id,
            drains_until_us: None,
            valid_from_us: at.0,
            valid_to_us: None,
            from_event: at.1,
            to_event: None,
        });
    }
    story.keep(&before.unwrap(), of_admission, &[]);
}

fn after(state: promotion_state::Model, to: &str, (valid_from_us, from_event): At) -> promotion_state::Model {
    promotion_state::Model {
        state: text(to),
        why: text("so"),
        lifecycle_revision: 3,
        policy: text("sha256:02"),
        valid_from_us,
        valid_to_us: None,
        from_event,
        to_event: None,
        ..state
    }
}
