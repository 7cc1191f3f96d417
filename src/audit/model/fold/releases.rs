//! What each event of releases means to the facts. Total over the kinds: one that is added has to say here what it means.

use super::Folded;
use crate::audit::model::kept::{
    APPROVED, APPROVER, DRAINED, LIFECYCLE, NAME, POLICY, REASON, REQUESTER, REVIEWER, REVISION, STATE,
    VERDICT,
};
use crate::audit::model::{Expected, FactKey, Kept, KeptKind, Value};
use crate::ledger::{
    FactActiveLifecycle, FactAdmission, FactApproval, FactArtifact, FactEnvironment, FactFreeze, FactHold,
    FactLifecycle, FactNamed, FactPromotion, FactPromotionMove, FactQuarantine, FactRelease, FactReview,
    FactReviewGiven, FactTicketAnswer, FactWaiver, RecordedEvent, ReleaseFact, ReplayError,
};
use crate::types::{RepoName, Timestamp};

impl Expected {
    /// Does again what an event tells of.
    ///
    /// # Errors
    /// `Contradiction` when it can't have happened after the events before it.
    pub(super) fn apply_release(&mut self, past: &RecordedEvent, fact: &ReleaseFact) -> Folded {
        use ReleaseFact as F;
        match fact {
            F::EnvironmentCreated(told) => self.environment_set(past, told, false),
            F::EnvironmentUpdated(told) => self.environment_set(past, told, true),
            F::LifecycleSet(told) => self.lifecycle_set(past, told),
            F::LifecycleActivated(told) => self.lifecycle_activated(past, told),
            F::ReleaseCreated(told) => self.release_created(past, told),
            F::PromotionRequested(told) => self.promotion_requested(past, told),
            F::PromotionMoved(told) => self.promotion_moved(past, told),
            F::PromotionAdmitted(told) => self.promotion_admitted(past, told),
            F::ApprovalGiven(told) => self.approval_given(past, told),
            F::TicketAnswered(told) => self.ticket_answered(past, told),
            F::FreezeSet(told) => self.freeze_set(past, told),
            F::FreezeLifted(named) => self.end(past, KeptKind::Freeze, &named.id).map(drop),
            F::WaiverAsked(told) => self.waiver_asked(past, told),
            F::WaiverApproved(named) => self.waiver_approved(past, named),
            F::WaiverWithdrawn(named) => self.end(past, KeptKind::Waiver, &named.id).map(drop),
            F::QuarantineSet(told) => self.quarantine_set(past, told),
            F::QuarantineLifted(named) => self.end(past, KeptKind::Quarantine, &named.id).map(drop),
            F::AutoPromotionHeld(told) => self.auto_promotion_held(past, told),
            F::AutoPromotionReleased(named) => self.end(past, KeptKind::Hold, &named.id).map(drop),
            F::ReviewOwed(told) => self.review_owed(past, told),
            F::ReviewGiven(told) => self.review_given(past, told),
            // It changed nothing.
            F::DecisionMade(_) => Ok(()),
        }
    }

    fn environment_set(&mut self, past: &RecordedEvent, told: &FactEnvironment, again: bool) -> Folded {
        let FactEnvironment { environment, revision, name, tier, sensitivity, labels, drain_seconds } = told;
        if again {
            let held = self.end(past, KeptKind::Environment, environment)?;
            let before = revision.saturating_sub(1).to_string();
            past.demand(held.text(REVISION) == Some(&before), "another revision held")?;
        }
        self.names.note_kept(KeptKind::Environment, environment, name);
        let kept = Kept::default()
            .says(REVISION, revision)
            .says(NAME, name)
            .says("tier", tier)
            .says("sensitivity", sensitivity)
            .says("labels", format!("{labels:?}"))
            .says("draining in seconds", drain_seconds);
        self.begin(past, KeptKind::Environment, environment, kept)
    }

    fn lifecycle_set(&mut self, past: &RecordedEvent, told: &FactLifecycle) -> Folded {
        let FactLifecycle { scope, revision, digest, size: _ } = told;
        let kept = Kept::default()
            .may_say("project", past.project)
            .says("digest", digest)
            .says("digest of its bytes", digest);
        self.begin(past, KeptKind::Lifecycle(*revision), scope, kept)
    }

    fn lifecycle_activated(&mut self, past: &RecordedEvent, told: &FactActiveLifecycle) -> Folded {
        let FactActiveLifecycle { scope, revision } = told;
        let is_kept = self.held(KeptKind::Lifecycle(*revision), scope).is_some();
        past.demand(is_kept, "there is no such revision")?;
        if self.held(KeptKind::ActiveLifecycle, scope).is_some() {
            self.end(past, KeptKind::ActiveLifecycle, scope)?;
        }
        let kept = Kept::default().may_say("project", past.project).says(REVISION, revision);
        self.begin(past, KeptKind::ActiveLifecycle, scope, kept)
    }

    fn release_created(&mut self, past: &RecordedEvent, told: &FactRelease) -> Folded {
        let FactRelease { release, name, version, content, artifacts, labels } = told;
        self.names.note_kept(KeptKind::Release, release, format!("{name} {version}"));
        let kept = Kept::default()
            .says("project", past.in_project()?)
            .says(NAME, name)
            .says("version", version)
            .says("content", content)
            .says("labels", format!("{labels:?}"))
            .may_say("maker", past.actor);
        self.begin(past, KeptKind::Release, release, kept)?;
        for (position, artifact) in (0..).zip(artifacts) {
            self.artifact_released(past, (release, position), artifact, name)?;
        }
        Ok(())
    }

    fn artifact_released(
        &mut self,
        past: &RecordedEvent,
        (release, position): (&str, i32),
        told: &FactArtifact,
        line: &str,
    ) -> Folded {
        let FactArtifact { repository, digest, role, kind, pushed_by } = told;
        let named: RepoName = past.value("repository", repository)?;
        let id = self.names.repository_of(&named);
        let id = id.ok_or_else(|| past.contradiction("there is no such repository"))?.to_string();
        let project = past.in_project()?;
        let kept = Kept::default()
            .says("project", project)
            .says("repository", repository)
            .says("id of the repository", &id)
            .says("digest", digest)
            .says("role", role)
            .says("kind", kind)
            .may_say("pusher", pushed_by.as_ref());
        self.begin(past, KeptKind::Artifact(position), release, kept)?;
        match self.held(KeptKind::Line, &id) {
            Some(held) => {
                past.demand(held.text(NAME) == Some(line), "a repository of it belongs to another line")
            }
            None => {
                let kept = Kept::default().says("project", project).says(NAME, line);
                self.begin(past, KeptKind::Line, &id, kept)
            }
        }
    }

    fn promotion_requested(&mut self, past: &RecordedEvent, told: &FactPromotion) -> Folded {
        let project = past.in_project()?;
        let kept = Kept::default()
            .says("project", project)
            .says("environment", &told.environment)
            .says("release", &told.release)
            .says("line", &told.line)
            .says("kind", &told.promotion_kind)
            .may_say("ticket", told.ticket.as_ref())
            .may_say("justification", told.justification.as_ref())
            .may_say(REQUESTER, past.actor)
            .may_say("start", told.start_at_us.map(Timestamp::from_micros))
            .says("end", Timestamp::from_micros(told.expires_at_us))
            .may_say("end of the emergency", told.glass_until_us.map(Timestamp::from_micros));
        self.begin(past, KeptKind::Promotion, &told.promotion, kept)?;
        let first = Kept::default()
            .says("project", project)
            .says("environment", &told.environment)
            .says("line", &told.line)
            .says(STATE, "evaluating")
            .says(REASON, "requested")
            .says(LIFECYCLE, told.lifecycle_revision)
            .says(POLICY, &told.policy);
        self.begin(past, KeptKind::PromotionState, &told.promotion, first)
    }

    fn promotion_moved(&mut self, past: &RecordedEvent, told: &FactPromotionMove) -> Folded {
        self.move_on(past, told)?;
        if let Some(until) = told.drains_until_us {
            for admission in &told.draining {
                self.drains(past, admission, until)?;
            }
        }
        Ok(())
    }

    fn move_on(&mut self, past: &RecordedEvent, told: &FactPromotionMove) -> Folded {
        let mut next = self.end(past, KeptKind::PromotionState, &told.promotion)?.clone();
        let is_from = next.text(STATE) == Some(&told.from);
        past.demand(is_from, "the promotion is not in the state before it")?;
        next.set(STATE, &told.to);
        next.set(REASON, &told.why);
        next.set(LIFECYCLE, told.lifecycle_revision);
        next.set(POLICY, &told.policy);
        self.begin(past, KeptKind::PromotionState, &told.promotion, next)
    }

    /// Most often it does not hold any more.
    fn drains(&mut self, past: &RecordedEvent, admission: &str, until: i64) -> Folded {
        self.amend(past, &key(KeptKind::Admission, admission), |value| {
            if let Some(kept) = value.kept() {
                kept.set(DRAINED, Timestamp::from_micros(until));
            }
        })
    }

    fn promotion_admitted(&mut self, past: &RecordedEvent, told: &FactAdmission) -> Folded {
        if let Some(before) = &told.before {
            self.end(past, KeptKind::Admission, before)?;
            if let Some(until) = told.before_drains_until_us {
                self.drains(past, before, until)?;
            }
        }
        self.move_on(past, &told.promotion)?;
        let kept = Kept::default()
            .says("project", past.in_project()?)
            .says("environment", &told.environment)
            .says("line", &told.line)
            .says("release", &told.release)
            .says("promotion", &told.promotion.promotion)
            .later_says(DRAINED, None::<Timestamp>);
        self.begin(past, KeptKind::Admission, &told.admission, kept)
    }

    fn approval_given(&mut self, past: &RecordedEvent, told: &FactApproval) -> Folded {
        let account = past.actor.ok_or_else(|| past.contradiction("nobody gave it"))?;
        let kept = Kept::default()
            .says("promotion", &told.promotion)
            .says("account", account)
            .says(VERDICT, &told.verdict)
            .says(LIFECYCLE, told.lifecycle_revision)
            .says(POLICY, &told.policy);
        self.begin(past, KeptKind::Approval, &told.approval, kept)
    }

    fn ticket_answered(&mut self, past: &RecordedEvent, told: &FactTicketAnswer) -> Folded {
        let FactTicketAnswer { answer, promotion, verdict, reference } = told;
        let kept = Kept::default()
            .says("promotion", promotion)
            .may_say("account", past.actor)
            .says(VERDICT, verdict)
            .may_say("reference", reference.as_ref());
        self.begin(past, KeptKind::TicketAnswer, answer, kept)
    }

    fn freeze_set(&mut self, past: &RecordedEvent, told: &FactFreeze) -> Folded {
        let kept = Kept::default()
            .may_say("project", past.project)
            .may_say("selector of environments", told.environment.as_ref())
            .may_say("tier", told.tier.as_ref())
            .says(REASON, &told.reason)
            .may_say("incident", told.incident.as_ref())
            .says("allowed kinds", format!("{:?}", told.allowed_kinds))
            .says("start", Timestamp::from_micros(told.starts_at_us))
            .may_say("end", told.ends_at_us.map(Timestamp::from_micros))
            .may_say("account", past.actor);
        self.begin(past, KeptKind::Freeze, &told.freeze, kept)
    }

    fn waiver_asked(&mut self, past: &RecordedEvent, told: &FactWaiver) -> Folded {
        let kept = Kept::default()
            .says("project", past.in_project()?)
            .says("gate", &told.gate)
            .may_say("selector of environments", told.environment.as_ref())
            .may_say("release", told.release.as_ref())
            .says("vulnerabilities", format!("{:?}", told.vulnerabilities))
            .says(REASON, &told.reason)
            .says("end", Timestamp::from_micros(told.ends_at_us))
            .may_say("account", past.actor)
            .later_says(APPROVER, None::<String>)
            .later_says(APPROVED, None::<Timestamp>);
        self.begin(past, KeptKind::Waiver, &told.waiver, kept)
    }

    fn waiver_approved(&mut self, past: &RecordedEvent, named: &FactNamed) -> Folded {
        let by = past.actor.ok_or_else(|| past.contradiction("nobody approved it"))?;
        let is_new = self.held(KeptKind::Waiver, &named.id).is_none_or(|kept| kept.text(APPROVED).is_none());
        past.demand(is_new, "it was approved before")?;
        self.change(past, &key(KeptKind::Waiver, &named.id), |value| {
            if let Some(kept) = value.kept() {
                kept.set(APPROVER, by);
                kept.set(APPROVED, past.at);
            }
        })
    }

    fn quarantine_set(&mut self, past: &RecordedEvent, told: &FactQuarantine) -> Folded {
        let FactQuarantine { quarantine, digest, reason } = told;
        let kept = Kept::default()
            .says("project", past.in_project()?)
            .says("digest", digest)
            .says(REASON, reason)
            .may_say("account", past.actor);
        self.begin(past, KeptKind::Quarantine, quarantine, kept)
    }

    fn auto_promotion_held(&mut self, past: &RecordedEvent, told: &FactHold) -> Folded {
        let FactHold { hold, environment, line, promotion } = told;
        let kept = Kept::default()
            .says("project", past.in_project()?)
            .says("environment", environment)
            .says("line", line)
            .says("promotion", promotion);
        self.begin(past, KeptKind::Hold, hold, kept)
    }

    /// Who broke the glass is who asked for the promotion.
    fn review_owed(&mut self, past: &RecordedEvent, told: &FactReview) -> Folded {
        let FactReview { review, promotion, due_at_us } = told;
        let of = self.held(KeptKind::Promotion, promotion);
        let of = of.ok_or_else(|| past.contradiction("there is no such promotion"))?;
        let requester = of.text(REQUESTER).map(str::to_owned);
        let kept = Kept::default()
            .says("project", past.in_project()?)
            .says("promotion", promotion)
            .may_say(REQUESTER, requester)
            .says("deadline", Timestamp::from_micros(*due_at_us))
            .last_says(REVIEWER, None::<String>)
            .last_says(VERDICT, None::<String>);
        self.begin(past, KeptKind::Review, review, kept)
    }

    fn review_given(&mut self, past: &RecordedEvent, told: &FactReviewGiven) -> Folded {
        let by = past.actor.ok_or_else(|| past.contradiction("nobody gave it"))?;
        let kept = self.end(past, KeptKind::Review, &told.review)?;
        kept.set(REVIEWER, by);
        kept.set(VERDICT, &told.verdict);
        Ok(())
    }

    fn held(&mut self, kind: KeptKind, id: &str) -> Option<&mut Kept> {
        self.current(&key(kind, id))?.value.kept()
    }

    fn begin(&mut self, past: &RecordedEvent, kind: KeptKind, id: &str, kept: Kept) -> Folded {
        self.open(past, key(kind, id), Value::Kept(kept))
    }

    /// Closes what holds; returns what it said.
    fn end(&mut self, past: &RecordedEvent, kind: KeptKind, id: &str) -> Result<&mut Kept, ReplayError> {
        let kept = self.close(past, &key(kind, id))?.value.kept();
        kept.ok_or_else(|| past.contradiction("it is something else"))
    }
}

fn key(kind: KeptKind, id: &str) -> FactKey {
    FactKey::Kept(kind, id.into())
}
