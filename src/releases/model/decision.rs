//! The answer "may this digest do that there now?". Pure: over what an environment holds, at one instant.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::words::words;
use super::{Freeze, Held, PromotionKind, PromotionState, Standing};
use crate::types::{Digest, PromotionId, ReleaseId, Timestamp};

/// How long an answer is good for: who asked asks again then.
pub const GOOD_FOR: Duration = Duration::from_secs(60);
/// The code of an admission whose evidence does not hold any more.
pub const REOPENED: &str = "reopened";

words! {
    /// What a digest is to do.
    Action {
        /// Run there.
        Deploy = "deploy",
        /// Be admitted there.
        Promote = "promote",
        /// Be pulled from there.
        Pull = "pull",
        /// Go on with a roll-out that was paused.
        ResumeStep = "resume_step",
    }
}

/// Why it may, or may not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DecisionReason {
    /// Stable name of the reason, for programs.
    pub code: String,
    /// What it means here and what to do, for people.
    pub message: String,
}

impl DecisionReason {
    /// A reason.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into() }
    }
}

/// A decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may.
    pub allow: bool,
    /// Why, or why not; never empty.
    pub reasons: Vec<DecisionReason>,
    /// The release that the digest is a member of.
    pub release: Option<ReleaseId>,
    /// The promotion that brought it there, or is to.
    pub promotion: Option<PromotionId>,
    /// Not before then, as far as time decides; none when nothing waits for a known time.
    pub next_eligible_at: Option<Timestamp>,
}

impl Decision {
    /// That it may not, for one reason.
    pub fn deny(code: &str, message: impl Into<String>) -> Self {
        Self {
            allow: false,
            reasons: vec![DecisionReason::new(code, message)],
            release: None,
            promotion: None,
            next_eligible_at: None,
        }
    }
}

/// Decides over what an environment holds. `digests` are all names of what is asked about, and of the indexes that list it;
/// `freezes` are those over the environment.
/// Not for [`Action::Promote`], which the gates decide.
pub fn decide(
    action: Action,
    digests: &[Digest],
    standing: &Standing,
    freezes: &[Freeze],
    now: Timestamp,
) -> Decision {
    let is_asked = |held: &&Held| held.artifacts.iter().any(|artifact| digests.contains(&artifact.digest));
    let mut members: Vec<&Held> = standing.held_at(now).filter(is_asked).collect();
    // What the environment points at decides, not what drains beside it.
    members.sort_by_key(|held| !held.is_current);
    let name = &standing.environment.name;
    let Some(held) = members.first() else {
        return Decision::deny(
            "not_admitted",
            format!("no release with this digest is admitted in '{name}': promote one there first"),
        );
    };
    let mut reasons = Vec::new();
    let mut next_eligible_at = None;
    if let Some(reason) = digests.iter().find_map(|digest| standing.quarantine_of(digest)) {
        reasons.push(DecisionReason::new("quarantined", format!("it is in quarantine: {reason}")));
    }
    if held.glass_until.is_some_and(|until| until <= now) {
        let message = "its emergency admission has ended: promote it through the gates, or roll back";
        reasons.push(DecisionReason::new("break_glass_ended", message));
    }
    if action != Action::Pull {
        if held.is_current && held.why == REOPENED {
            let message = "what it was admitted on does not hold any more: see the gates of its promotion";
            reasons.push(DecisionReason::new(REOPENED, message));
        }
        if action == Action::Deploy && !held.is_current && held.state == PromotionState::RolledBack.as_str() {
            let message = "it was rolled back: deploy what it was rolled back to";
            reasons.push(DecisionReason::new("rolled_back", message));
        }
        if action == Action::ResumeStep && !held.is_current {
            let message = "another release is admitted by now: its roll-out goes on, not this one's";
            reasons.push(DecisionReason::new("succeeded", message));
        }
        // What runs may be started again, but nothing new is begun in a freeze.
        let begins = action == Action::ResumeStep || held.state == PromotionState::Admitted.as_str();
        if let Some(freeze) = frozen(freezes, held.kind, now).filter(|_| begins && held.is_current) {
            reasons.push(DecisionReason::new("frozen", format!("'{name}' is frozen: {}", freeze.reason)));
            next_eligible_at = freeze.ends_at;
        }
    }
    let allow = reasons.is_empty();
    if allow {
        reasons.push(if held.is_current {
            DecisionReason::new("admitted", format!("{} {} is admitted in '{name}'", held.line, held.version))
        } else {
            let message =
                format!("{} {} drains in '{name}' while its successor rolls out", held.line, held.version);
            DecisionReason::new("draining", message)
        });
    }
    Decision {
        allow,
        reasons,
        release: Some(held.release),
        promotion: Some(held.promotion),
        next_eligible_at,
    }
}

/// The freeze that stops a kind of promotion now, if one does; of several, the one that lasts longest.
fn frozen(freezes: &[Freeze], kind: PromotionKind, now: Timestamp) -> Option<&Freeze> {
    (freezes.iter())
        .filter(|freeze| freeze.binds_at(now) && !freeze.allowed_kinds.contains(&kind))
        .max_by_key(|freeze| (freeze.ends_at.is_none(), freeze.ends_at))
}
