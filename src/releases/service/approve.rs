//! People's yes or no to promotions, and what outside systems answer about tickets.

use uuid::Uuid;

use super::gather::Gathered;
use super::{Releases, Shown, place};
use crate::access::{AccessError, Caller, Permission};
use crate::db::Tx;
use crate::ledger::{Event, FactTicketAnswer, Record as _, ReleaseFact};
use crate::projects::Epoch;
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    Approval, LONGEST_LINK, LONGEST_REASON, PromotionState, Separation, check_text,
};
use crate::releases::store;
use crate::releases::store::approvals::TicketAnswer;
use crate::types::{AccountId, ApprovalId, EventId, PromotionId};

impl Releases {
    /// Keeps a person's yes or no, and judges the promotion again. It is bound to the release, the environment, and the rules that
    /// the promotion is judged by now; under others it counts for nothing.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, `Field`, `State` when the promotion is not on its way, `Separation`, `AlreadyApproved`, or `Db`.
    pub async fn approve(
        &self,
        caller: &Caller,
        id: PromotionId,
        approves: bool,
        comment: Option<&str>,
    ) -> Result<Shown, ReleaseError> {
        if let Some(comment) = comment {
            check_text("comment", comment, LONGEST_REASON)?;
        }
        let (standing, project) = self.standing(id).await?;
        let of = self.move_of(&standing).await?;
        let scope = place(&of.environment.name, &project);
        self.check(caller, Permission::PromotionApprove, &scope).await?;
        let account = caller.account.ok_or(AccessError::Unauthenticated)?;
        // The rules may have changed a moment ago: a yes is to those that hold.
        self.tend(id).await?;
        let gathered = self.gather(&of, None).await?;
        if approves && let Some(why) = excluded(&gathered, account) {
            return Err(ReleaseError::Separation(why));
        }
        let rules = gathered.rules.clone();
        let (this, caller) = (self.clone(), caller.clone());
        let comment = comment.map(str::to_owned);
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PromotionApprove, &scope).await?;
                let held = store::promotions::find(&**tx, id).await?;
                let standing = held.ok_or(ReleaseError::NoSuch { what: "promotion" })?;
                demand_pending(standing.now.state)?;
                let now = this.clock.now();
                let mut approval = Approval {
                    id: ApprovalId::new(),
                    promotion: id,
                    account,
                    approves,
                    rules: rules.clone(),
                    at: now,
                    event: EventId::new(),
                };
                let fact = ReleaseFact::ApprovalGiven(approval.fact(&standing.promotion));
                let event = Event::new(&caller, now, Some(standing.promotion.project), fact)
                    .commented(comment.as_deref());
                let event = of.release.subjects().fold(event, Event::about);
                approval.event = event.id();
                if !store::approvals::insert(&**tx, &approval).await? {
                    return Err(ReleaseError::AlreadyApproved);
                }
                let (project, environment) = (standing.promotion.project, standing.promotion.environment);
                Epoch::Environment(project, environment).pass(tx).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await?;
        self.tend(id).await?;
        self.shown(id).await
    }

    /// Keeps what an outside system answered about a promotion's ticket, and judges the promotion again.
    ///
    /// # Errors
    /// `Access`, `NoSuch`, `Field`, `NoTicket`, `State`, or `Db`.
    pub async fn answer_ticket(
        &self,
        caller: &Caller,
        id: PromotionId,
        approved: bool,
        reference: Option<String>,
    ) -> Result<Shown, ReleaseError> {
        if let Some(reference) = &reference {
            check_text("reference", reference, LONGEST_LINK)?;
        }
        let (standing, project) = self.standing(id).await?;
        let of = self.move_of(&standing).await?;
        // Whoever may approve may answer for the system that people approve in.
        let scope = place(&of.environment.name, &project);
        self.check(caller, Permission::PromotionApprove, &scope).await?;
        if standing.promotion.ticket.is_none() {
            return Err(ReleaseError::NoTicket);
        }
        let (this, caller) = (self.clone(), caller.clone());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PromotionApprove, &scope).await?;
                let held = store::promotions::find(&**tx, id).await?;
                let standing = held.ok_or(ReleaseError::NoSuch { what: "promotion" })?;
                let promotion = &standing.promotion;
                demand_pending(standing.now.state)?;
                let (now, account) = (this.clock.now(), caller.account);
                if account.is_some() && account == of.requested_by {
                    return Err(ReleaseError::Separation(
                        "who asked for the promotion can't answer its ticket",
                    ));
                }
                let reference = reference.clone();
                let kept =
                    TicketAnswer { id: Uuid::now_v7(), promotion: id, approved, reference, account, at: now };
                let fact = ReleaseFact::TicketAnswered(FactTicketAnswer {
                    answer: kept.id.to_string(),
                    promotion: id.to_string(),
                    verdict: store::approvals::answer(approved).to_owned(),
                    reference: kept.reference.clone(),
                });
                let event = Event::new(&caller, now, Some(promotion.project), fact);
                store::approvals::insert_answer(&**tx, &kept, event.id()).await?;
                Epoch::Environment(promotion.project, promotion.environment).pass(tx).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await?;
        self.tend(id).await?;
        self.shown(id).await
    }
}

/// Why the word of an account would not count, if it would not.
fn excluded(gathered: &Gathered, account: AccountId) -> Option<&'static str> {
    let request = &gathered.request;
    let excluded = gathered.lifecycle.excluded_from_approving(&request.environment);
    if excluded.contains(&Separation::Requester) && request.requested_by == Some(account) {
        return Some("who asked for a promotion can't approve it: somebody else has to");
    }
    (excluded.contains(&Separation::Build) && request.is_built_by(account)).then_some(
        "who built what is promoted (this account pushed an artifact of it, or a part of one) can't approve it: somebody else has to",
    )
}

fn demand_pending(state: PromotionState) -> Result<(), ReleaseError> {
    if state.is_pending() {
        Ok(())
    } else {
        Err(ReleaseError::State { state, why: "nothing can be said to it any more" })
    }
}
