//! What stands beside the gates: freezes, waivers, quarantines, holds of auto-promotion and reviews that are owed.

use super::{PromotionKind, Tier};
use crate::ledger::{FactFreeze, FactHold, FactQuarantine, FactReview, FactWaiver};
use crate::types::{
    AccountId, Digest, EnvironmentId, EnvironmentName, EnvironmentSelector, FreezeId, ProjectId, PromotionId,
    QuarantineId, ReleaseId, ReleaseName, Timestamp, WaiverId,
};

/// Most characters of a reason.
pub const LONGEST_REASON: usize = 1000;
/// How many days somebody has to review an emergency admission.
pub const REVIEW_DAYS: u64 = 7;
/// Most characters of a link or ticket.
pub const LONGEST_LINK: usize = 300;

/// A stop on promotions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Opaque id.
    pub id: FreezeId,
    /// In which project; none for all.
    pub project: Option<ProjectId>,
    /// In which environments; none for all.
    pub environment: Option<EnvironmentSelector>,
    /// In environments of which tier; none for all.
    pub tier: Option<Tier>,
    /// Why.
    pub reason: String,
    /// Where more is told.
    pub incident: Option<String>,
    /// The kinds of promotions that it lets pass.
    pub allowed_kinds: Vec<PromotionKind>,
    /// Since when it stops.
    pub starts_at: Timestamp,
    /// When it lifts itself.
    pub ends_at: Option<Timestamp>,
    /// Who set it.
    pub set_by: Option<AccountId>,
    /// When.
    pub set_at: Timestamp,
}

impl Freeze {
    /// Whether it is about an environment.
    pub fn covers(&self, environment: &EnvironmentName, tier: Tier) -> bool {
        self.environment.as_ref().is_none_or(|selector| selector.selects(environment))
            && self.tier.is_none_or(|own| own == tier)
    }

    /// Whether it stops anything at this instant: from its start, until it lifts itself.
    pub fn binds_at(&self, now: Timestamp) -> bool {
        self.starts_at <= now && self.ends_at.is_none_or(|ends| now < ends)
    }

    /// As an event tells it.
    pub fn fact(&self) -> FactFreeze {
        FactFreeze {
            freeze: self.id.to_string(),
            environment: self.environment.as_ref().map(ToString::to_string),
            tier: self.tier.map(|tier| tier.as_str().to_owned()),
            reason: self.reason.clone(),
            incident: self.incident.clone(),
            allowed_kinds: self.allowed_kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
            starts_at_us: self.starts_at.micros(),
            ends_at_us: self.ends_at.map(Timestamp::micros),
        }
    }
}

/// A time-boxed exception from a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Opaque id.
    pub id: WaiverId,
    /// In which project.
    pub project: ProjectId,
    /// The gate's id.
    pub gate: String,
    /// In which environments; none for all.
    pub environment: Option<EnvironmentSelector>,
    /// Of which release; none for all.
    pub release: Option<ReleaseId>,
    /// The vulnerabilities that it is about; none for the whole gate.
    pub vulnerabilities: Vec<String>,
    /// Why.
    pub reason: String,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Who asked for it.
    pub asked_by: Option<AccountId>,
    /// When.
    pub asked_at: Timestamp,
    /// Who approved it, and when.
    pub approved: Option<(AccountId, Timestamp)>,
}

impl Waiver {
    /// Whether it is about a release in an environment, and holds at this instant.
    pub fn holds(&self, release: ReleaseId, environment: &EnvironmentName, now: Timestamp) -> bool {
        self.approved.is_some()
            && now < self.ends_at
            && self.release.is_none_or(|own| own == release)
            && self.environment.as_ref().is_none_or(|selector| selector.selects(environment))
    }

    /// As an event tells it.
    pub fn fact(&self) -> FactWaiver {
        FactWaiver {
            waiver: self.id.to_string(),
            gate: self.gate.clone(),
            environment: self.environment.as_ref().map(ToString::to_string),
            release: self.release.map(|release| release.to_string()),
            vulnerabilities: self.vulnerabilities.clone(),
            reason: self.reason.clone(),
            ends_at_us: self.ends_at.micros(),
        }
    }
}

/// A stop on one artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// Opaque id.
    pub id: QuarantineId,
    /// In which project.
    pub project: ProjectId,
    /// The manifest, by SHA-256.
    pub digest: Digest,
    /// Why.
    pub reason: String,
    /// Who set it.
    pub set_by: Option<AccountId>,
    /// When.
    pub since: Timestamp,
}

impl Quarantine {
    /// As an event tells it.
    pub fn fact(&self) -> FactQuarantine {
        FactQuarantine {
            quarantine: self.id.to_string(),
            digest: self.digest.to_string(),
            reason: self.reason.clone(),
        }
    }
}

/// That nothing of a line goes into an environment by itself: something was rolled back there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Opaque id: that of the rollback.
    pub promotion: PromotionId,
    /// In which project.
    pub project: ProjectId,
    /// Where.
    pub environment: EnvironmentId,
    /// Of which line.
    pub line: ReleaseName,
    /// Since when.
    pub since: Timestamp,
}

impl Hold {
    /// As an event tells it.
    pub fn fact(&self) -> FactHold {
        FactHold {
            hold: self.promotion.to_string(),
            environment: self.environment.to_string(),
            line: self.line.to_string(),
            promotion: self.promotion.to_string(),
        }
    }
}

/// A review that an emergency admission owes, or that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The emergency admission's promotion.
    pub promotion: PromotionId,
    /// In which project.
    pub project: ProjectId,
    /// Who broke the glass.
    pub used_by: Option<AccountId>,
    /// By when it is owed.
    pub due_at: Timestamp,
    /// Since when.
    pub since: Timestamp,
    /// Who gave it, when, and whether they found it justified.
    pub given: Option<(AccountId, Timestamp, bool)>,
}

impl Review {
    /// Whether it is owed and late.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.given.is_none() && self.due_at <= now
    }

    /// As the API, the database and events write it.
    pub const fn verdict(is_justified: bool) -> &'static str {
        if is_justified { "justified" } else { "unjustified" }
    }

    /// As an event tells it.
    pub fn fact(&self) -> FactReview {
        FactReview {
            review: self.promotion.to_string(),
            promotion: self.promotion.to_string(),
            due_at_us: self.due_at.micros(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn freeze() -> Freeze {
        Freeze {
            id: FreezeId::new(),
            project: None,
            environment: None,
            tier: None,
            reason: "sale".to_owned(),
            incident: None,
            allowed_kinds: Vec::new(),
            starts_at: at(10),
            ends_at: Some(at(20)),
            set_by: None,
            set_at: at(5),
        }
    }

    #[test]
    fn a_freeze_binds_from_its_start_until_its_end() {
        let freeze = freeze();
        assert_eq!([9, 10, 19, 20].map(|micros| freeze.binds_at(at(micros))), [false, true, true, false]);
        assert!(Freeze { ends_at: None, ..freeze }.binds_at(at(i64::MAX)));
    }

    #[test]
    fn a_freeze_covers_what_both_of_its_selectors_do() {
        let name = |text: &str| text.parse::<EnvironmentName>().unwrap();
        let frozen =
            Freeze { environment: Some("prod-*".parse().unwrap()), tier: Some(Tier::Production), ..freeze() };
        assert!(frozen.covers(&name("prod-eu"), Tier::Production));
        assert!(!frozen.covers(&name("prod-eu"), Tier::Staging));
        assert!(!frozen.covers(&name("staging"), Tier::Production));
        assert!(freeze().covers(&name("dev"), Tier::Development));
    }

    #[test]
    fn a_waiver_holds_once_approved_until_it_ends() {
        let (release, environment) = (ReleaseId::new(), "production".parse().unwrap());
        let waiver = Waiver {
            id: WaiverId::new(),
            project: ProjectId::new(),
            gate: "sbom".to_owned(),
            environment: Some("prod*".parse().unwrap()),
            release: Some(release),
            vulnerabilities: Vec::new(),
            reason: "late".to_owned(),
            ends_at: at(20),
            asked_by: None,
            asked_at: at(0),
            approved: Some((AccountId::new(), at(1))),
        };
        assert!(waiver.holds(release, &environment, at(19)));
        assert!(!waiver.holds(release, &environment, at(20)));
        assert!(!waiver.holds(ReleaseId::new(), &environment, at(19)));
        assert!(!waiver.holds(release, &"staging".parse().unwrap(), at(19)));
        assert!(!Waiver { approved: None, ..waiver }.holds(release, &environment, at(19)));
    }
}
