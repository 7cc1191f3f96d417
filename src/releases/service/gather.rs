//! What the gates of a promotion are asked about: all of it, read at some moment, with the counters that say whether it still
//! holds.

use std::sync::Arc;

use super::quarantines::quarantined_among;
use super::{Releases, place};
use crate::access::{Caller, Permission, Scope};
use crate::db::Tx;
use crate::http::Origin;
use crate::identity::AccountKind;
use crate::projects::{Epoch, Project};
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    ApprovalInput, Artifact, Environment, Freeze, FreezeInput, GateKind, Inputs, Lifecycle, LifecycleOwner,
    NO_POLICY, Promotion, PromotionKind, Release, Request, Rules, Waiver, WaiverInput,
};
use crate::releases::store;
use crate::types::{EnvironmentId, EnvironmentName, ProjectId, Timestamp};

/// What a release is asked to be admitted for: by a promotion that there is, or one that somebody only asks about.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub release: Release,
    pub environment: Environment,
    pub kind: PromotionKind,
    pub ticket: Option<String>,
    pub start_at: Option<Timestamp>,
    pub requested_by: Option<crate::types::AccountId>,
    /// The promotion, if there is one.
    pub promotion: Option<Promotion>,
}

/// All that the gates are asked about, as it was when the counters stood at `epochs`.
#[derive(Clone)]
pub(super) struct Gathered {
    /// Where people have a say in it.
    pub scope: Scope,
    pub lifecycle: Arc<Lifecycle>,
    pub rules: Rules,
    pub request: Request,
    pub inputs: Inputs,
    /// All freezes that may bind, those that start later too.
    pub freezes: Vec<Freeze>,
    /// Waivers that were approved, those that end meanwhile too.
    pub waivers: Vec<Waiver>,
    pub epochs: i64,
}

/// The counters of what decides over a project in an environment.
pub(super) fn epochs_of(project: ProjectId, environment: EnvironmentId) -> [Epoch; 3] {
    [Epoch::Organisation, Epoch::Project(project), Epoch::Environment(project, environment)]
}

impl Releases {
    /// Reads all that the gates are asked about. `revision` names a revision of the lifecycle that need not hold.
    pub(super) async fn gather(&self, of: &Move, revision: Option<i64>) -> Result<Gathered, ReleaseError> {
        let Move { release, environment, .. } = of;
        // Before anything is read: what changes from here on makes what was read count for nothing.
        let epochs = self.projects.epochs(&epochs_of(release.project, environment.id)).await?;
        let found = self.projects.find_by_id(release.project).await?;
        let project = found.ok_or(ReleaseError::NoSuch { what: "project" })?;
        let owner = LifecycleOwner::Project(project.id);
        let kept = self.revision_of(&owner, revision).await?;
        let lifecycle = self.read_lifecycle(&owner, kept.revision, &kept.effective)?;
        if lifecycle.stage_of(&environment.name).is_none() {
            return Err(ReleaseError::NotInLifecycle(environment.name.clone()));
        }
        let freezes = self.freezes_over(&project, environment).await?;
        let now = self.clock.now();
        let waivers = store::waivers::holding(self.db.read(), project.id, now).await?;
        let scope = place(&environment.name, &project.name);
        let inputs = self.inputs(of, &lifecycle, kept.revision, &scope).await?;
        let rules = Rules { lifecycle_revision: inputs.lifecycle_revision, policy: inputs.policy.clone() };
        let request = self.asked_by(of, &lifecycle).await?;
        Ok(Gathered { scope, lifecycle, rules, request, inputs, freezes, waivers, epochs })
    }

    async fn inputs(
        &self,
        of: &Move,
        lifecycle: &Lifecycle,
        lifecycle_revision: i64,
        scope: &Scope,
    ) -> Result<Inputs, ReleaseError> {
        let Move { release, environment, promotion, .. } = of;
        let (db, members) = (self.db.read(), release.members());
        // Not what is remembered of the project: it must be as new as the counters.
        let policy = self.trust.fresh_policy_digest(release.project).await?;
        let asks_for_evidence = lifecycle.asks_for(&environment.name, of.kind, GateKind::is_about_evidence);
        let evidence = match asks_for_evidence {
            true => self.trust.known_evidence_of(policy.as_ref(), &members).await?,
            false => Vec::new(),
        };
        let policy = policy.map_or_else(|| NO_POLICY.to_owned(), |policy| policy.to_string());
        let quarantined = quarantined_among(&self.db, release.project, &members).await?;
        let answer = match promotion {
            Some(promotion) => store::approvals::ticket_answer(db, promotion.id).await?,
            None => None,
        };
        Ok(Inputs {
            evidence,
            approvals: self.approvals(promotion.as_ref(), scope).await?,
            lifecycle_revision,
            policy,
            upstream: self.upstream(release, &lifecycle.upstream(&environment.name, of.kind)).await?,
            verified_here_before: store::states::was_verified(db, release.id, environment.id).await?,
            freezes: Vec::new(),
            waivers: Vec::new(),
            quarantined: quarantined.into_iter().map(|(digest, _)| digest).collect(),
            ticket_answer: answer.map(|answer| answer.approved),
        })
    }

    /// The approvals of a promotion, with whose they are.
    async fn approvals(
        &self,
        promotion: Option<&Promotion>,
        scope: &Scope,
    ) -> Result<Vec<ApprovalInput>, ReleaseError> {
        let Some(promotion) = promotion else { return Ok(Vec::new()) };
        let mut approvals = Vec::new();
        for approval in store::approvals::list(self.db.read(), promotion.id).await? {
            // Nobody's word counts who can't log in any more, or would not be asked any more.
            let account = self.identity.account(approval.account).await?;
            let Some(account) = account.filter(crate::identity::Account::is_enabled) else { continue };
            let whose = Caller::of(account.id, Origin::default());
            if !self.authority.may(&whose, Permission::PromotionApprove, scope).await? {
                continue;
            }
            approvals.push(ApprovalInput {
                account: account.id,
                name: account.name.to_string(),
                is_person: account.kind == AccountKind::User,
                approves: approval.approves,
                at: approval.at,
                lifecycle_revision: approval.rules.lifecycle_revision,
                policy: approval.rules.policy,
            });
        }
        Ok(approvals)
    }

    /// Takes out the approvals of those who may not approve any more, as a change sees that.
    pub(super) async fn recheck_approvers(
        &self,
        tx: &Tx,
        scope: &Scope,
        inputs: &mut Inputs,
    ) -> Result<(), ReleaseError> {
        let mut excluded = Vec::new();
        for approval in &inputs.approvals {
            let whose = Caller::of(approval.account, Origin::default());
            if self.identity.check_in(tx, &whose, Permission::PromotionApprove, scope).await?.is_err() {
                excluded.push(approval.account);
            }
        }
        inputs.approvals.retain(|approval| !excluded.contains(&approval.account));
        Ok(())
    }

    /// What is asked, of what. Whose build it is matters only where people are asked.
    async fn asked_by(&self, of: &Move, lifecycle: &Lifecycle) -> Result<Request, ReleaseError> {
        let asks_people =
            lifecycle.asks_for(&of.environment.name, of.kind, |kind| kind == GateKind::Approvals);
        let mut artifacts = Vec::with_capacity(of.release.artifacts.len());
        for artifact in &of.release.artifacts {
            let pushed_by = match asks_people {
                true => self.registry.pushers(&artifact.repository, &artifact.digest).await?,
                false => Vec::new(),
            };
            artifacts.push(Artifact {
                repository: artifact.repository.clone(),
                digest: artifact.digest.clone(),
                role: artifact.role.clone(),
                kind: artifact.kind,
                pushed_by,
            });
        }
        Ok(Request {
            kind: of.kind,
            ticket: of.ticket.clone(),
            requested_by: of.requested_by,
            start_at: of.start_at,
            environment: of.environment.name.clone(),
            labels: of.release.labels.clone(),
            artifacts,
        })
    }

    /// Since when environments hold the release verified.
    pub(super) async fn upstream(
        &self,
        release: &Release,
        names: &[EnvironmentName],
    ) -> Result<Vec<(EnvironmentName, Option<Timestamp>)>, ReleaseError> {
        let db = self.db.read();
        let found = store::environments::of_names(db, names).await?;
        let ids: Vec<EnvironmentId> = found.iter().map(|environment| environment.id).collect();
        let verified =
            store::states::verified_since(db, release.project, &release.name, release.id, &ids).await?;
        let since = |name: &EnvironmentName| {
            let id = found.iter().find(|environment| environment.name == *name)?.id;
            verified.iter().find(|(verified, _)| *verified == id).map(|(_, since)| *since)
        };
        Ok(names.iter().map(|name| (name.clone(), since(name))).collect())
    }

    async fn freezes_over(
        &self,
        project: &Project,
        environment: &Environment,
    ) -> Result<Vec<Freeze>, ReleaseError> {
        let mut freezes = store::freezes::binding(self.db.read(), project.id).await?;
        freezes.retain(|freeze| freeze.covers(&environment.name, environment.settings.tier));
        Ok(freezes)
    }
}

impl Gathered {
    /// The inputs at an instant: freezes that bind and waivers that hold then.
    pub fn inputs_at(&self, now: Timestamp, of: &Move) -> Inputs {
        let mut inputs = self.inputs.clone();
        let binding = self.freezes.iter().filter(|freeze| freeze.binds_at(now));
        inputs.freezes = binding
            .map(|freeze| FreezeInput {
                id: freeze.id,
                reason: freeze.reason.clone(),
                incident: freeze.incident.clone(),
                allowed_kinds: freeze.allowed_kinds.clone(),
                starts_at: freeze.starts_at,
                ends_at: freeze.ends_at,
            })
            .collect();
        let holding = |waiver: &&Waiver| waiver.holds(of.release.id, &of.environment.name, now);
        inputs.waivers = (self.waivers.iter().filter(holding))
            .map(|waiver| WaiverInput {
                id: waiver.id,
                gate: waiver.gate.clone(),
                vulnerabilities: waiver.vulnerabilities.clone(),
                ends_at: waiver.ends_at,
            })
            .collect();
        inputs
    }

    /// The earliest moment behind `now` at which a freeze starts to bind or a waiver ends.
    pub fn next_exception(&self, now: Timestamp) -> Option<Timestamp> {
        let starts = self.freezes.iter().map(|freeze| freeze.starts_at);
        let ends = self.freezes.iter().filter_map(|freeze| freeze.ends_at);
        let waived = self.waivers.iter().map(|waiver| waiver.ends_at);
        starts.chain(ends).chain(waived).filter(|at| *at > now).min()
    }
}
