//! Asking for a release to be admitted.

use std::time::Duration;

use serde::Serialize;

use super::tend::{first_state, moved};
use super::{Releases, Shown, place};
use crate::access::{Caller, Permission};
use crate::db::{DbError, Tx};
use crate::ledger::{Event, Record as _, ReleaseFact};
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    Environment, InState, LONGEST_LINK, LONGEST_REASON, LifecycleOwner, NO_POLICY, Promotion, PromotionEvent,
    PromotionKind, Release, ReleaseRef, Rules, check_text,
};
use crate::releases::store;
use crate::types::{EnvironmentName, ProjectName, PromotionId, Sha256Hex, Timestamp};

/// Longest that a promotion may be planned ahead, and that an emergency admission may last.
const LONGEST_PLAN: Duration = Duration::from_secs(90 * 24 * 3600);
const LONGEST_GLASS_HOURS: u64 = 72;

/// A promotion that somebody asks for.
#[derive(Debug, Clone, Serialize)]
pub struct NewPromotion {
    /// In which project.
    pub project: ProjectName,
    /// What.
    #[serde(serialize_with = "as_text")]
    pub release: ReleaseRef,
    /// Where to.
    pub environment: EnvironmentName,
    /// What kind of move it is.
    pub kind: PromotionKind,
    /// The change ticket.
    pub ticket: Option<String>,
    /// Why.
    pub justification: Option<String>,
    /// Not to be admitted before.
    pub start_at: Option<Timestamp>,
    /// For how many hours it is admitted without what gates demand, in an emergency.
    pub break_glass_hours: Option<u64>,
}

fn as_text<S: serde::Serializer>(release: &ReleaseRef, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(release)
}

/// The key by which a request is made once, and what was asked.
struct Once {
    key: String,
    request: Sha256Hex,
}

/// What came of the change that asks.
enum Made {
    New(PromotionId),
    /// It was there already.
    Was(PromotionId),
}

impl Releases {
    /// Asks for a release to be admitted, and judges it at once; says whether the promotion is new. The same `key` with the same
    /// request is the same promotion; so is what is on its way already, and what the environment points at already unless it is
    /// to be redeployed.
    ///
    /// # Errors
    /// `Access`, what is not there, `Field`, `Time`, `JustificationMissing`, `ReviewOverdue`, `NeverVerified`, `NotCurrent`,
    /// `NoLifecycle`, `NotInLifecycle`, `KeyReused`, `BadKey`, or `Db`.
    pub async fn request_promotion(
        &self,
        caller: &Caller,
        new: NewPromotion,
        key: Option<&str>,
    ) -> Result<(Shown, bool), ReleaseError> {
        let permission = if new.break_glass_hours.is_some() {
            Permission::BreakGlass
        } else {
            Permission::PromotionRequest
        };
        let scope = place(&new.environment, &new.project);
        self.check(caller, permission, &scope).await?;
        check(&new)?;
        let once = key.map(|key| once(key, &new)).transpose()?;
        let environment = self.environment(&new.environment).await?;
        let release = self.release(&new.project, &new.release).await?;
        let promotion = self.planned(caller, &new, &release, &environment).await?;
        let made = self.ask(caller, permission, promotion, environment, once).await?;
        let (id, is_new) = match made {
            Made::New(id) => (id, true),
            Made::Was(id) => (id, false),
        };
        self.tend(id).await?;
        Ok((self.shown(id).await?, is_new))
    }

    /// Asks for it on nobody's behalf: a stage chose that its releases go on by themselves.
    pub(super) async fn request_by_itself(
        &self,
        release: &Release,
        environment: &Environment,
        project: &ProjectName,
    ) -> Result<PromotionId, ReleaseError> {
        let new = NewPromotion {
            project: project.clone(),
            release: ReleaseRef::Id(release.id),
            environment: environment.name.clone(),
            kind: PromotionKind::Forward,
            ticket: None,
            justification: None,
            start_at: None,
            break_glass_hours: None,
        };
        let system = Caller::system();
        let promotion = self.planned(&system, &new, release, environment).await?;
        let made = self.ask(&system, Permission::PromotionRequest, promotion, environment.clone(), None);
        match made.await? {
            Made::New(id) | Made::Was(id) => Ok(id),
        }
    }

    async fn planned(
        &self,
        caller: &Caller,
        new: &NewPromotion,
        release: &Release,
        environment: &Environment,
    ) -> Result<(Promotion, Rules), ReleaseError> {
        let now = self.clock.now();
        let owner = LifecycleOwner::Project(release.project);
        let kept = self.revision_of(&owner, None).await?;
        let lifecycle = self.read_lifecycle(&owner, kept.revision, &kept.effective)?;
        let stage = lifecycle.stage_of(&environment.name);
        let stage = stage.ok_or_else(|| ReleaseError::NotInLifecycle(environment.name.clone()))?;
        if new.start_at.is_some_and(|start| start > now.after(LONGEST_PLAN)) {
            return Err(ReleaseError::Time("start_at can't lie more than 90 days ahead"));
        }
        let was_verified = store::states::was_verified(self.db.read(), release.id, environment.id);
        if new.kind == PromotionKind::Rollback && !was_verified.await? {
            return Err(ReleaseError::NeverVerified(environment.name.clone()));
        }
        // It has its whole time from when it may begin.
        let from = new.start_at.map_or(now, |start| start.max(now));
        let hours = |hours: u64| Duration::from_secs(hours.saturating_mul(3600));
        let promotion = Promotion {
            id: PromotionId::new(),
            project: release.project,
            environment: environment.id,
            release: release.id,
            line: release.name.clone(),
            kind: new.kind,
            ticket: new.ticket.clone(),
            justification: new.justification.clone(),
            requested_by: caller.account,
            requested_at: now,
            start_at: new.start_at,
            expires_at: from.after(hours(stage.expires_hours.into())),
            glass_until: new.break_glass_hours.map(|glass| now.after(hours(glass))),
        };
        let policy = self.trust.effective_policy(&new.project).await?;
        let policy = policy.map_or_else(|| NO_POLICY.to_owned(), |policy| policy.digest.to_string());
        Ok((promotion, Rules { lifecycle_revision: kept.revision, policy }))
    }

    /// Keeps the request. Another release of the line that is on its way gives way to it.
    async fn ask(
        &self,
        caller: &Caller,
        permission: Permission,
        (promotion, rules): (Promotion, Rules),
        environment: Environment,
        once: Option<Once>,
    ) -> Result<Made, ReleaseError> {
        let (this, caller) = (self.clone(), caller.clone());
        let project = self.project_name(promotion.project).await?;
        self.db
            .write(async move |tx: &Tx| {
                let now = promotion.requested_at;
                if caller.account.is_some() {
                    this.check_in(tx, &caller, permission, &place(&environment.name, &project)).await?;
                }
                if let (Some(once), Some(account)) = (&once, caller.account)
                    && let Some((request, made)) = store::keys::find(&**tx, account, &once.key).await?
                {
                    let same = request == once.request.as_str();
                    return if same { Ok(Made::Was(made.into())) } else { Err(ReleaseError::KeyReused) };
                }
                if let Some(was) = was_there(tx, &promotion, &environment).await? {
                    return Ok(Made::Was(was));
                }
                if promotion.glass_until.is_some()
                    && let Some(review) = store::reviews::overdue(&**tx, promotion.project, now).await?
                {
                    let (promotion, due) = (review.promotion, review.due_at);
                    return Err(ReleaseError::ReviewOverdue { promotion, due });
                }
                let mut events = Vec::new();
                let (project, line) = (promotion.project, &promotion.line);
                let pending = store::promotions::pending(&**tx, project, promotion.environment, line).await?;
                if let Some(pending) = pending {
                    let state = pending.now.state.step(PromotionEvent::Supersede);
                    let state = state.map_err(|error| DbError::corrupt("promotion.state", error))?;
                    let (why, rules) = ("succeeded".to_owned(), pending.now.rules.clone());
                    let next = InState { state, why, rules, since: now };
                    events.push(moved(tx, &caller, &pending, &next, &[]).await?);
                }
                let fact = ReleaseFact::PromotionRequested(promotion.fact(&rules));
                let event = Event::new(&caller, now, Some(project), fact);
                store::promotions::insert(&**tx, &promotion, event.id()).await?;
                let first = first_state(rules.clone(), now);
                store::states::open(&**tx, &promotion, &first, event.id()).await?;
                events.push(event);
                if let (Some(once), Some(account)) = (&once, caller.account) {
                    let made = promotion.id.uuid();
                    store::keys::insert(&**tx, account, &once.key, &once.request, made, now).await?;
                }
                tx.record(&events).await?;
                metrics::counter!("waybill_promotions_requested_total", "kind" => promotion.kind.as_str())
                    .increment(1);
                Ok(Made::New(promotion.id))
            })
            .await
    }
}

/// The promotion that does already what is asked for: on its way, or admitted.
async fn was_there(
    tx: &Tx,
    asked: &Promotion,
    environment: &Environment,
) -> Result<Option<PromotionId>, ReleaseError> {
    let (project, line) = (asked.project, &asked.line);
    let current = store::admissions::current(&**tx, project, asked.environment, line).await?;
    let current = current.filter(|current| current.release == asked.release);
    match (asked.kind, current) {
        (PromotionKind::Redeploy, None) => {
            return Err(ReleaseError::NotCurrent(environment.name.clone()));
        }
        (PromotionKind::Redeploy, Some(_)) | (_, None) => {}
        (_, Some(current)) => return Ok(Some(current.promotion)),
    }
    let pending = store::promotions::pending(&**tx, project, asked.environment, line).await?;
    let same = |standing: &crate::releases::model::PromotionNow| {
        let held = &standing.promotion;
        (held.release, held.kind, &held.ticket, held.start_at, held.glass_until.is_some())
            == (asked.release, asked.kind, &asked.ticket, asked.start_at, asked.glass_until.is_some())
    };
    Ok(pending.filter(same).map(|standing| standing.promotion.id))
}

fn check(new: &NewPromotion) -> Result<(), ReleaseError> {
    if let Some(ticket) = &new.ticket {
        check_text("ticket", ticket, LONGEST_LINK)?;
    }
    if let Some(justification) = &new.justification {
        check_text("justification", justification, LONGEST_REASON)?;
    }
    match new.break_glass_hours {
        None => Ok(()),
        Some(_) if new.justification.is_none() => Err(ReleaseError::JustificationMissing),
        Some(_) if new.start_at.is_some() => {
            Err(ReleaseError::Time("an emergency begins now: leave out start_at, or break_glass_hours"))
        }
        Some(1..=LONGEST_GLASS_HOURS) => Ok(()),
        Some(_) => Err(ReleaseError::Time("break_glass_hours must lie between 1 and 72")),
    }
}

/// What a key stands for.
fn once(key: &str, new: &NewPromotion) -> Result<Once, ReleaseError> {
    if !(1..=200).contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(ReleaseError::BadKey);
    }
    let request = serde_json::to_vec(new).map_err(|error| DbError::corrupt("a request", error))?;
    Ok(Once { key: key.to_owned(), request: Sha256Hex::of(&[&request]) })
}
