//! The kinds that tell of releases.

use serde::{Deserialize, Serialize};

use super::releases::{
    FactActiveLifecycle, FactAdmission, FactApproval, FactDecision, FactEnvironment, FactFreeze, FactHold,
    FactLifecycle, FactNamed, FactPromotion, FactPromotionMove, FactQuarantine, FactRelease, FactReview,
    FactReviewGiven, FactTicketAnswer, FactWaiver,
};

/// What happened to releases. Serialises as the other kinds do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data")]
pub enum ReleaseFact {
    /// An environment was created.
    #[serde(rename = "environment.created")]
    EnvironmentCreated(FactEnvironment),
    /// An environment was succeeded by another revision of it.
    #[serde(rename = "environment.updated")]
    EnvironmentUpdated(FactEnvironment),
    /// A revision of a lifecycle, or of a template, was kept. It does not hold yet.
    #[serde(rename = "lifecycle.set")]
    LifecycleSet(FactLifecycle),
    /// A revision holds from now on.
    #[serde(rename = "lifecycle.activated")]
    LifecycleActivated(FactActiveLifecycle),
    /// A release was made.
    #[serde(rename = "release.created")]
    ReleaseCreated(FactRelease),
    /// Somebody asked for a release to be admitted.
    #[serde(rename = "promotion.requested")]
    PromotionRequested(FactPromotion),
    /// A promotion came into another state, or into the same by other rules.
    #[serde(rename = "promotion.moved")]
    PromotionMoved(FactPromotionMove),
    /// A release was admitted.
    #[serde(rename = "promotion.admitted")]
    PromotionAdmitted(FactAdmission),
    /// A person said yes or no. The comment is personal data.
    #[serde(rename = "approval.given")]
    ApprovalGiven(FactApproval),
    /// An outside system answered about a ticket.
    #[serde(rename = "ticket.answered")]
    TicketAnswered(FactTicketAnswer),
    /// Promotions are stopped.
    #[serde(rename = "freeze.set")]
    FreezeSet(FactFreeze),
    /// They are not any more: somebody lifted the freeze, or nobody, when it lifted itself.
    #[serde(rename = "freeze.lifted")]
    FreezeLifted(FactNamed),
    /// An exception was asked for.
    #[serde(rename = "waiver.asked")]
    WaiverAsked(FactWaiver),
    /// It was approved, and holds.
    #[serde(rename = "waiver.approved")]
    WaiverApproved(FactNamed),
    /// It was withdrawn.
    #[serde(rename = "waiver.withdrawn")]
    WaiverWithdrawn(FactNamed),
    /// An artifact was stopped.
    #[serde(rename = "quarantine.set")]
    QuarantineSet(FactQuarantine),
    /// It is not any more.
    #[serde(rename = "quarantine.lifted")]
    QuarantineLifted(FactNamed),
    /// Nothing of a line goes into an environment by itself, after a rollback.
    #[serde(rename = "auto_promotion.held")]
    AutoPromotionHeld(FactHold),
    /// It does again.
    #[serde(rename = "auto_promotion.released")]
    AutoPromotionReleased(FactNamed),
    /// An emergency admission owes a review.
    #[serde(rename = "review.owed")]
    ReviewOwed(FactReview),
    /// The review was given.
    #[serde(rename = "review.given")]
    ReviewGiven(FactReviewGiven),
    /// Somebody asked whether a digest may do something, and was told.
    #[serde(rename = "decision.made")]
    DecisionMade(FactDecision),
}

impl ReleaseFact {
    /// The kinds above, as events name them.
    const KINDS: [&str; 22] = [
        "environment.created",
        "environment.updated",
        "lifecycle.set",
        "lifecycle.activated",
        "release.created",
        "promotion.requested",
        "promotion.moved",
        "promotion.admitted",
        "approval.given",
        "ticket.answered",
        "freeze.set",
        "freeze.lifted",
        "waiver.asked",
        "waiver.approved",
        "waiver.withdrawn",
        "quarantine.set",
        "quarantine.lifted",
        "auto_promotion.held",
        "auto_promotion.released",
        "review.owed",
        "review.given",
        "decision.made",
    ];

    /// Whether a kind is one of those above.
    pub(super) fn is_kind(kind: &str) -> bool {
        Self::KINDS.contains(&kind)
    }
}
