//! Deciding whether a digest may do something in an environment, and recording what was said.

use super::gather::Move;
use super::{Releases, place};
use crate::access::{Caller, Permission, Scope};
use crate::db::{DbError, Tx};
use crate::ledger::{Event, FactDecision, Record as _, ReleaseFact, Subject};
use crate::projects::Project;
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    Action, Decision, DecisionReason, GOOD_FOR, GateResult, Image, Judgement, PromotionKind, ReleaseRef,
    decide, evaluate, judge, next_eligible_at,
};
use crate::releases::store;
use crate::types::{Digest, EnvironmentName, EventId, ProjectName, RepoName, Timestamp};

/// What is asked about.
#[derive(Debug, Clone)]
pub enum AskedImage {
    /// An image, as clients name it.
    Image(Image),
    /// A digest in a project, in whatever repository.
    Digest(ProjectName, Digest),
}

impl AskedImage {
    fn project(&self) -> ProjectName {
        match self {
            Self::Image(image) => image.repository.project(),
            Self::Digest(project, _) => project.clone(),
        }
    }

    const fn digest(&self) -> &Digest {
        match self {
            Self::Image(image) => &image.digest,
            Self::Digest(_, digest) => digest,
        }
    }

    const fn repository(&self) -> Option<&RepoName> {
        match self {
            Self::Image(image) => Some(&image.repository),
            Self::Digest(_, _) => None,
        }
    }
}

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// About what.
    pub asked: AskedImage,
    /// Where.
    pub environment: EnvironmentName,
    /// What it is to do.
    pub action: Action,
    /// Whether nothing is recorded.
    pub dry_run: bool,
    /// A revision of the lifecycle that need not hold, for a dry run of a promotion.
    pub lifecycle_revision: Option<i64>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The decision.
    pub decision: Decision,
    /// Its event; none for a dry run.
    pub id: Option<EventId>,
    /// Until when it may be relied on.
    pub expires_at: Timestamp,
    /// What the gates said, where they were asked.
    pub gates: Vec<GateResult>,
}

impl Releases {
    /// Decides, and records the answer unless it is a dry run. Changes nothing else.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, `NoSuchEnvironment`, `Question`, or when it can't be told: that is no yes.
    pub async fn decide(&self, caller: &Caller, question: &Question) -> Result<Decided, ReleaseError> {
        let name = question.asked.project();
        let scope = match question.asked.repository() {
            Some(repository) => Scope::Environment(question.environment.clone(), repository.clone()),
            None => place(&question.environment, &name),
        };
        self.check(caller, Permission::EnvironmentRead, &scope).await?;
        if question.lifecycle_revision.is_some() && !(question.dry_run && question.action == Action::Promote)
        {
            let why =
                "lifecycle_revision is for dry runs of the action promote: leave it out, or set dry_run";
            return Err(ReleaseError::Question(why.to_owned()));
        }
        let project = self.projects.recall(&name).await?;
        let project = project.ok_or_else(|| ReleaseError::NoSuchProject(name.clone()))?;
        let (decision, gates) = self.judge(&project, question).await?;
        let now = self.clock.now();
        metrics::counter!("waybill_decisions_total", "action" => question.action.as_str(),
            "outcome" => if decision.allow { "allow" } else { "deny" })
        .increment(1);
        let id = if question.dry_run {
            None
        } else {
            Some(self.record_decision(caller, &project, question, &decision, now).await?)
        };
        Ok(Decided { decision, id, expires_at: now.after(GOOD_FOR), gates })
    }

    async fn judge(
        &self,
        project: &Project,
        question: &Question,
    ) -> Result<(Decision, Vec<GateResult>), ReleaseError> {
        if question.asked.repository().is_some()
            && let AskedImage::Image(Image { environment: Some(environment), .. }) = &question.asked
            && *environment != question.environment
        {
            let why = format!("the image is named by the view of '{environment}', not of this environment");
            return Ok((Decision::deny("other_environment", why), Vec::new()));
        }
        let view = self.standings.of(&question.environment, &project.name).await?;
        let view = view.ok_or_else(|| ReleaseError::NoSuchEnvironment(question.environment.clone()))?;
        let digest = question.asked.digest();
        if question.action == Action::Promote {
            let digests = self.names_of(project, digest).await?;
            return self.judge_promotion(project, question, &digests).await;
        }
        let now = self.clock.now();
        let tier = (view.environment.tier.parse())
            .map_err(|_| DbError::corrupt("environment.tier", &view.environment.tier))?;
        let freezes = self.recalled_freezes(project.id, &question.environment, tier).await?;
        let direct = decide(question.action, std::slice::from_ref(digest), &view, &freezes, now);
        if direct.release.is_some() {
            return Ok((direct, Vec::new()));
        }
        // By its other name, or as a part of an index that is a member.
        let digests = self.names_of(project, digest).await?;
        let mut decision = decide(question.action, &digests, &view, &freezes, now);
        if decision.release.is_none() {
            self.explain(project, question, &digests, &mut decision).await?;
        }
        Ok((decision, Vec::new()))
    }

    /// All names of a manifest in a project, and of the indexes that list it.
    async fn names_of(&self, project: &Project, digest: &Digest) -> Result<Vec<Digest>, ReleaseError> {
        let mut names = self.registry.names_above(project.id, digest).await?;
        if !names.contains(digest) {
            names.push(digest.clone());
        }
        Ok(names)
    }

    /// Says of what is not admitted whether it is on its way.
    async fn explain(
        &self,
        project: &Project,
        question: &Question,
        digests: &[Digest],
        decision: &mut Decision,
    ) -> Result<(), ReleaseError> {
        let db = self.db.read();
        let environment = self.environment(&question.environment).await?;
        let releases = store::releases::with_digests(db, project.id, digests).await?;
        let Some(release) = releases.last() else {
            let message = "the digest is a member of no release of the project: make one of it first";
            *decision = Decision::deny("no_release", message);
            return Ok(());
        };
        decision.release = Some(*release);
        let filter = store::promotions::Filter {
            projects: Some(vec![project.id]),
            environment: Some(environment.id),
            release: Some(*release),
            ..store::promotions::Filter::default()
        };
        let Some(last) = store::promotions::list(db, &filter, 1).await?.pop() else { return Ok(()) };
        decision.promotion = Some(last.promotion.id);
        if last.now.state.is_pending() {
            let state = last.now.state.as_str();
            let message = format!("its promotion is {state} ({}): see its gates", last.now.why);
            decision.reasons.push(DecisionReason::new("promotion_pending", message));
            let check = store::checks::find(db, last.promotion.id).await?;
            decision.next_eligible_at = check.and_then(|check| next_eligible_at(&check.gates));
        }
        Ok(())
    }

    /// What the gates would say of a promotion.
    async fn judge_promotion(
        &self,
        project: &Project,
        question: &Question,
        digests: &[Digest],
    ) -> Result<(Decision, Vec<GateResult>), ReleaseError> {
        let environment = self.environment(&question.environment).await?;
        let db = self.db.read();
        let releases = store::releases::with_digests(db, project.id, digests).await?;
        let Some(id) = releases.last() else {
            let message = "the digest is a member of no release of the project: make one of it first";
            return Ok((Decision::deny("no_release", message), Vec::new()));
        };
        let release = self.release(&project.name, &ReleaseRef::Id(*id)).await?;
        let filter = store::promotions::Filter {
            projects: Some(vec![project.id]),
            environment: Some(environment.id),
            release: Some(*id),
            ..store::promotions::Filter::default()
        };
        let last = store::promotions::list(db, &filter, 1).await?.pop();
        let pending = last.filter(|last| last.now.state.is_pending()).map(|last| last.promotion);
        let of = Move {
            release,
            environment,
            kind: pending.as_ref().map_or(PromotionKind::Forward, |promotion| promotion.kind),
            ticket: pending.as_ref().and_then(|promotion| promotion.ticket.clone()),
            start_at: pending.as_ref().and_then(|promotion| promotion.start_at),
            requested_by: pending.as_ref().and_then(|promotion| promotion.requested_by),
            promotion: pending.clone(),
        };
        let gathered = self.gather(&of, question.lifecycle_revision).await?;
        let now = self.clock.now();
        let inputs = gathered.inputs_at(now, &of);
        let gates = evaluate(&gathered.lifecycle, &gathered.request, &inputs, now);
        let allow = matches!(judge(&gates), Judgement::Admit);
        let told = |gate: &&GateResult| allow || gate.holds_back();
        let mut reasons: Vec<DecisionReason> = (gates.iter().filter(told))
            .map(|gate| DecisionReason::new(&gate.code, gate.explanation()))
            .collect();
        if reasons.is_empty() {
            reasons.push(DecisionReason::new("gates_passed", "no gate holds it back"));
        }
        let decision = Decision {
            allow,
            reasons,
            release: Some(*id),
            promotion: pending.map(|promotion| promotion.id),
            next_eligible_at: next_eligible_at(&gates),
        };
        Ok((decision, gates))
    }

    async fn record_decision(
        &self,
        caller: &Caller,
        project: &Project,
        question: &Question,
        decision: &Decision,
        now: Timestamp,
    ) -> Result<EventId, ReleaseError> {
        let fact = ReleaseFact::DecisionMade(FactDecision {
            action: question.action.as_str().to_owned(),
            environment: question.environment.to_string(),
            allow: decision.allow,
            reasons: decision.reasons.iter().map(|reason| reason.code.clone()).collect(),
            release: decision.release.map(|release| release.to_string()),
            promotion: decision.promotion.map(|promotion| promotion.to_string()),
        });
        let repository = match question.asked.repository() {
            Some(repository) => repository.clone(),
            None => project.name.clone().into(),
        };
        let event = Event::new(caller, now, Some(project.id), fact)
            .about(Subject::new(&repository, question.asked.digest()));
        let id = event.id();
        self.db.write(async move |tx: &Tx| tx.record(std::slice::from_ref(&event)).await).await?;
        Ok(id)
    }
}
