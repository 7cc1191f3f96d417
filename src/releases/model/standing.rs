//! How things stand in an environment: which releases of a project are admitted and drain there, and what of them is shown.

use std::fmt;
use std::sync::Arc;

use super::PromotionKind;
use crate::registry::{Shown, ShownRoot, Stopped};
use crate::types::{
    AdmissionId, Digest, EnvironmentId, EnvironmentName, PromotionId, ReleaseId, RepoName, RepositoryId,
    Timestamp,
};

/// The state of a promotion whose release was seen to work.
const VERIFIED: &str = "verified";

/// The environment itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingEnvironment {
    /// Opaque id.
    pub id: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Its tier.
    pub tier: String,
    /// How long a predecessor drains once its successor was verified.
    pub drain_seconds: i64,
}

/// An artifact of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldArtifact {
    /// In which repository.
    pub repository: RepoName,
    /// That repository's id.
    pub repository_id: RepositoryId,
    /// The manifest, by SHA-256.
    pub digest: Digest,
    /// What it is to the release.
    pub role: String,
}

/// A release that is admitted or drains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The span of the environment's pointer.
    pub admission: AdmissionId,
    /// The release's line.
    pub line: String,
    /// The release.
    pub release: ReleaseId,
    /// Its version.
    pub version: String,
    /// The promotion that admitted it.
    pub promotion: PromotionId,
    /// That promotion's kind.
    pub kind: PromotionKind,
    /// Its state.
    pub state: String,
    /// The code that says why it is in that.
    pub why: String,
    /// Whether it is admitted; else it drains.
    pub is_current: bool,
    /// Since when it was admitted.
    pub since: Timestamp,
    /// Until when it drains; none while that is open, for its successor was not verified yet.
    pub drains_until: Option<Timestamp>,
    /// Until when it may run, if it was admitted in an emergency.
    pub glass_until: Option<Timestamp>,
    /// What it consists of.
    pub artifacts: Vec<HeldArtifact>,
}

/// How things stand for a project in an environment. What depends on time is told by methods, for the moment that they are
/// given.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The environment.
    pub environment: StandingEnvironment,
    /// Its releases, oldest first; some may have drained since this was read, see [`Standing::held_at`].
    pub held: Vec<Held>,
    /// Manifests of the project that are quarantined, with the reasons.
    pub quarantined: Vec<(Digest, String)>,
    /// The same for the registry.
    pub stopped: Arc<[Stopped]>,
}

impl Standing {
    /// Of an environment, with the releases in it, oldest first, and what is quarantined in the project.
    pub fn new(
        environment: StandingEnvironment,
        held: Vec<Held>,
        quarantined: Vec<(Digest, String)>,
    ) -> Self {
        let stopped = quarantined.iter().map(|(digest, reason)| Stopped {
            digest: digest.clone(),
            why: format!("it is quarantined: {reason}"),
        });
        let stopped = stopped.collect();
        Self { environment, held, quarantined, stopped }
    }

    /// The releases that are admitted or drain at a moment.
    pub fn held_at(&self, now: Timestamp) -> impl Iterator<Item = &Held> {
        self.held.iter().filter(move |held| !self.has_drained(held, now))
    }

    /// Why a manifest is quarantined, if it is.
    pub fn quarantine_of(&self, digest: &Digest) -> Option<&str> {
        self.quarantined.iter().find(|(of, _)| of == digest).map(|(_, reason)| reason.as_str())
    }

    /// What is shown of a repository at a moment.
    pub fn shown(&self, repository: &RepoName, now: Timestamp) -> Shown {
        let roots = self.held_at(now).flat_map(|held| {
            let artifacts = held.artifacts.iter().filter(|artifact| artifact.repository == *repository);
            artifacts.map(|artifact| ShownRoot {
                digest: artifact.digest.clone(),
                version: held.version.clone(),
                is_current: held.is_current,
                withheld: self.why_withheld(held, artifact, now),
            })
        });
        Shown { is_known: true, roots: roots.collect(), stopped: Arc::clone(&self.stopped) }
    }

    fn why_withheld(&self, held: &Held, artifact: &HeldArtifact, now: Timestamp) -> Option<String> {
        let stopped = self.stopped.iter().find(|stopped| stopped.digest == artifact.digest);
        let ended = || {
            let until = held.glass_until.filter(|until| *until <= now)?;
            Some(format!(
                "{} {} was admitted in an emergency, until {}: promote it by the gates, or roll back",
                held.line,
                held.version,
                until.to_rfc3339()
            ))
        };
        stopped.map(|stopped| stopped.why.clone()).or_else(ended)
    }

    /// Whether a release drained before a moment. A draining that nobody ended is over with the verification of a successor
    /// all the same.
    fn has_drained(&self, held: &Held, now: Timestamp) -> bool {
        if held.is_current {
            return false;
        }
        held.drains_until.map_or_else(
            || {
                self.held.iter().any(|later| {
                    later.line == held.line && later.since > held.since && later.state == VERIFIED
                })
            },
            |until| until <= now,
        )
    }
}

/// A release that consists of a manifest, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reliance {
    /// The release's line.
    pub line: String,
    /// Its version.
    pub version: String,
    /// Where it is admitted.
    pub admitted: Vec<String>,
    /// Where it drains.
    pub draining: Vec<String>,
    /// Where it was asked to be admitted.
    pub pending: Vec<String>,
}

impl fmt::Display for Reliance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.line, self.version)?;
        let places = [
            ("admitted in", &self.admitted),
            ("draining in", &self.draining),
            ("on its way into", &self.pending),
        ];
        let places: Vec<String> = places
            .into_iter()
            .filter(|(_, environments)| !environments.is_empty())
            .map(|(how, environments)| format!("{how} {}", environments.join(" and ")))
            .collect();
        if places.is_empty() { Ok(()) } else { write!(f, " ({})", places.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Algorithm;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);
    const BEFORE: Timestamp = Timestamp::from_micros(999_999);
    const LATER: Timestamp = Timestamp::from_micros(1_000_001);

    fn digest(of: &str) -> Digest {
        Digest::of(Algorithm::Sha256, of.as_bytes())
    }

    /// A release of one artifact in acme/app, named like its version.
    fn held(line: &str, version: &str, since: i64) -> Held {
        Held {
            kind: PromotionKind::Forward,
            why: "gates_passed".to_owned(),
            admission: AdmissionId::new(),
            line: line.to_owned(),
            release: ReleaseId::new(),
            version: version.to_owned(),
            promotion: PromotionId::new(),
            state: "deploying".to_owned(),
            is_current: true,
            since: Timestamp::from_micros(since),
            drains_until: None,
            glass_until: None,
            artifacts: vec![HeldArtifact {
                repository: "acme/app".parse().unwrap(),
                repository_id: RepositoryId::new(),
                digest: digest(version),
                role: "image".to_owned(),
            }],
        }
    }

    fn draining(line: &str, version: &str, since: i64, until: Option<Timestamp>) -> Held {
        Held { is_current: false, drains_until: until, ..held(line, version, since) }
    }

    fn standing(held: Vec<Held>, quarantined: &[&str]) -> Standing {
        let environment = StandingEnvironment {
            id: EnvironmentId::new(),
            name: "production".parse().unwrap(),
            tier: "production".to_owned(),
            drain_seconds: 60,
        };
        let quarantined = quarantined.iter().map(|of| (digest(of), "bad".to_owned())).collect();
        Standing::new(environment, held, quarantined)
    }

    fn shows(standing: &Standing, now: Timestamp) -> Vec<String> {
        let shown = standing.shown(&"acme/app".parse().unwrap(), now);
        shown.live().map(|root| root.version.clone()).collect()
    }

    #[test]
    fn a_predecessor_drains_until_its_time_is_over() {
        let standing = standing(vec![draining("web", "1", 1, Some(NOW)), held("web", "2", 2)], &[]);
        assert_eq!(shows(&standing, BEFORE), ["1", "2"]);
        assert_eq!(shows(&standing, NOW), ["2"]);
        let other = standing.shown(&"acme/other".parse().unwrap(), BEFORE);
        assert!(other.is_known && other.roots.is_empty());
    }

    #[test]
    fn without_a_time_it_drains_until_a_successor_of_its_line_is_verified() {
        let verified = |line: &str, since| Held { state: VERIFIED.to_owned(), ..held(line, "2", since) };
        for (successor, drains) in [
            (held("web", "2", 2), true),
            (verified("web", 2), false),
            (verified("worker", 2), true),
            (verified("web", 0), true),
        ] {
            let standing = standing(vec![draining("web", "1", 1, None), successor.clone()], &[]);
            assert_eq!(shows(&standing, LATER).contains(&"1".to_owned()), drains, "{successor:?}");
        }
    }

    #[test]
    fn what_is_quarantined_is_withheld_wherever_it_is_held() {
        let standing = standing(vec![draining("web", "1", 1, Some(LATER)), held("web", "2", 2)], &["1", "x"]);
        assert_eq!(shows(&standing, NOW), ["2"]);
        let shown = standing.shown(&"acme/app".parse().unwrap(), NOW);
        assert_eq!(shown.roots[0].withheld.as_deref(), Some("it is quarantined: bad"));
        assert_eq!(shown.stop(&digest("x")), Some("it is quarantined: bad"));
        assert_eq!(
            (standing.quarantine_of(&digest("1")), standing.quarantine_of(&digest("2"))),
            (Some("bad"), None)
        );
    }

    #[test]
    fn an_emergency_ends_by_itself() {
        let emergency = Held { glass_until: Some(NOW), ..held("web", "1", 1) };
        let standing = standing(vec![emergency], &[]);
        assert_eq!(shows(&standing, BEFORE), ["1"]);
        assert!(shows(&standing, NOW).is_empty());
        let shown = standing.shown(&"acme/app".parse().unwrap(), NOW);
        assert!(
            shown.roots[0].withheld.as_deref().unwrap().starts_with("web 1 was admitted in an emergency")
        );
    }

    #[test]
    fn what_relies_on_a_manifest_says_where() {
        let mut relies = Reliance {
            line: "web".to_owned(),
            version: "1.4.2".to_owned(),
            admitted: Vec::new(),
            draining: Vec::new(),
            pending: Vec::new(),
        };
        assert_eq!(relies.to_string(), "web 1.4.2");
        relies.admitted = vec!["eu".to_owned(), "us".to_owned()];
        relies.pending = vec!["staging".to_owned()];
        assert_eq!(relies.to_string(), "web 1.4.2 (admitted in eu and us, on its way into staging)");
    }
}
