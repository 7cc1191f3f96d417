//! The states of a promotion, and the one way from each to the next.

use thiserror::Error;

use super::Judgement;
use super::words::words;

words! {
    /// Where a promotion stands.
    PromotionState {
        /// Its gates were not asked yet.
        Evaluating = "evaluating",
        /// Something has to be put right first.
        Blocked = "blocked",
        /// Somebody has to say yes.
        AwaitingApproval = "awaiting_approval",
        /// Time, or what is still looked at, is waited for.
        Waiting = "waiting",
        /// The environment points at its release.
        Admitted = "admitted",
        /// The release is being rolled out.
        Deploying = "deploying",
        /// It is rolled out.
        Deployed = "deployed",
        /// It is rolled out and does what it should.
        Verified = "verified",
        /// Somebody said no.
        Rejected = "rejected",
        /// Its time was over before it was admitted.
        Expired = "expired",
        /// It was called off.
        Cancelled = "cancelled",
        /// Another of its line took its place before it was verified.
        Superseded = "superseded",
        /// It could not be rolled out.
        Failed = "failed",
        /// It was taken back.
        RolledBack = "rolled_back",
    }
    /// What deploy tooling reports of an admitted release.
    Report {
        /// It is being rolled out.
        Deploying = "deploying",
        /// It is rolled out.
        Deployed = "deployed",
        /// It does what it should.
        Verified = "verified",
        /// It could not be rolled out.
        Failed = "failed",
    }
}

/// What happens to a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PromotionEvent {
    /// Its gates were asked.
    Judged(Judgement),
    /// Its time is over.
    Expire,
    /// Somebody calls it off.
    Cancel,
    /// Another of its line takes its place.
    Supersede,
    /// Deploy tooling tells of it.
    Report(Report),
    /// It is taken back.
    RollBack,
}

/// What can't happen to a promotion as it stands. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the promotion is {from}, so {what}")]
pub struct IllegalStep {
    /// How it stands.
    pub from: PromotionState,
    /// What can't happen, and why.
    pub what: &'static str,
}

impl PromotionState {
    /// Whether its gates are still to be passed.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Evaluating | Self::Blocked | Self::AwaitingApproval | Self::Waiting)
    }

    /// Whether it was admitted and nothing has ended that.
    pub const fn is_admitted(self) -> bool {
        matches!(self, Self::Admitted | Self::Deploying | Self::Deployed | Self::Verified)
    }

    /// Whether it is over; only what failed can still be taken back.
    pub const fn is_final(self) -> bool {
        !self.is_pending() && !self.is_admitted()
    }

    /// What it is once something happened.
    ///
    /// # Errors
    /// When that can't happen to it.
    pub fn step(self, event: PromotionEvent) -> Result<Self, IllegalStep> {
        let refuse = |what| Err(IllegalStep { from: self, what });
        match event {
            PromotionEvent::Judged(judgement) if self.is_pending() => Ok(judgement.into()),
            PromotionEvent::Judged(_) => refuse("its gates are asked no more"),
            PromotionEvent::Expire if self.is_pending() => Ok(Self::Expired),
            PromotionEvent::Expire => refuse("it can't expire any more"),
            PromotionEvent::Cancel if self.is_pending() => Ok(Self::Cancelled),
            PromotionEvent::Cancel => refuse("it can't be cancelled any more: roll back instead"),
            // It has done what it was for; its release drains.
            PromotionEvent::Supersede if self == Self::Verified => Ok(self),
            PromotionEvent::Supersede if !self.is_final() => Ok(Self::Superseded),
            PromotionEvent::Supersede => refuse("nothing can take its place"),
            PromotionEvent::Report(report) => self.reported(report),
            PromotionEvent::RollBack if self.is_admitted() || self == Self::Failed => Ok(Self::RolledBack),
            PromotionEvent::RollBack => refuse("there is nothing to roll back"),
        }
    }

    /// Reports go forwards only: a later one stands for those that were left out.
    fn reported(self, report: Report) -> Result<Self, IllegalStep> {
        let to = match report {
            Report::Deploying => Self::Deploying,
            Report::Deployed => Self::Deployed,
            Report::Verified => Self::Verified,
            Report::Failed => Self::Failed,
        };
        let what = match (self, to) {
            _ if self == to => return Ok(self),
            (Self::Admitted | Self::Deploying | Self::Deployed, to) if self < to => return Ok(to),
            _ if self.is_pending() => "it was not admitted, and nothing of it can be deployed",
            (Self::Verified, Self::Failed) => "it can't fail any more: roll back instead",
            _ if self.is_final() => "nothing more can be reported of it",
            _ => "reports of it go forwards only: deploying, deployed, verified",
        };
        Err(IllegalStep { from: self, what })
    }
}

impl From<Judgement> for PromotionState {
    fn from(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Admit => Self::Admitted,
            Judgement::Blocked { .. } => Self::Blocked,
            Judgement::AwaitingApproval => Self::AwaitingApproval,
            Judgement::Waiting { .. } => Self::Waiting,
            Judgement::Rejected => Self::Rejected,
        }
    }
}

#[cfg(test)]
mod tests;
