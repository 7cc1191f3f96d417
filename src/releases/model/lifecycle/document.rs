//! A lifecycle as it is written and kept: where releases go, one stage after the other, and what has to hold first.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::error::LifecycleError;
use crate::releases::model::gates::{Basis, check_hours};
use crate::releases::model::{Gate, GateKind, PromotionKind};
use crate::types::EnvironmentName;

/// Most stages, environments and gates.
const STAGES: usize = 16;
const ENVIRONMENTS: usize = 32;
const GATES: usize = 128;
/// Longest name of a stage or gate in bytes.
const NAME: usize = 64;
/// Gates that stand in no lifecycle.
const RESERVED: [GateKind; 4] = [GateKind::Quarantine, GateKind::Freeze, GateKind::Upstream, GateKind::Start];

/// In how many of a stage's environments a release has to be verified before it enters the next stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Advance {
    /// In all of them.
    #[default]
    All,
    /// In one of them.
    Any,
    /// In so many of them.
    AtLeast(u32),
}

impl Advance {
    /// In how many of so many.
    pub fn needed(self, environments: usize) -> usize {
        match self {
            Self::All => environments,
            Self::Any => 1,
            Self::AtLeast(count) => usize::try_from(count).unwrap_or(usize::MAX),
        }
    }
}

/// A stage of a lifecycle.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its name: `[a-z0-9-]`, at most 64.
    pub name: String,
    /// Its environments; each stands in one stage.
    #[schema(value_type = Vec<String>)]
    pub environments: Vec<EnvironmentName>,
    /// In how many of them a release has to be verified before it enters the next stage; in all unless said otherwise.
    #[serde(default)]
    pub advance: Advance,
    /// Whether a release enters by itself once it is verified in the stage before.
    #[serde(default)]
    pub auto_promote: bool,
    /// Whether a hotfix may enter that is not verified in the stage before; it has to be in the one before that, if there is
    /// one.
    #[serde(default)]
    pub hotfix_skips_upstream: bool,
    /// How long a promotion has time to be admitted; 168 hours unless said otherwise.
    #[serde(default = "a_week")]
    pub expires_hours: u32,
    /// What has to hold when a release enters.
    #[serde(default)]
    pub entry: Vec<Gate>,
    /// What has to hold when a release leaves for the next stage.
    #[serde(default)]
    pub exit: Vec<Gate>,
}

const fn a_week() -> u32 {
    168
}

/// A lifecycle: its stages in order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// At most 16.
    pub stages: Vec<Stage>,
}

impl Lifecycle {
    /// In which stage an environment is, counted from 0.
    pub fn position(&self, environment: &EnvironmentName) -> Option<usize> {
        self.stages.iter().position(|stage| stage.environments.contains(environment))
    }

    /// The environments in which it matters since when a release is verified, when it is to enter this one.
    pub fn upstream(&self, environment: &EnvironmentName, kind: PromotionKind) -> Vec<EnvironmentName> {
        let position = self.position(environment);
        position.map_or_else(Vec::new, |at| Basis::of(self, at, kind).environments().cloned().collect())
    }

    /// The environments whose gates a release passed on its way into one, that one first: of each stage before it, one stands for
    /// all, for they have the stage's gates.
    pub fn way_into(&self, environment: &EnvironmentName, kind: PromotionKind) -> Vec<EnvironmentName> {
        let (mut way, mut kind) = (vec![environment.clone()], kind);
        while let Some(before) = way.last().and_then(|last| self.upstream(last, kind).into_iter().next()) {
            way.push(before);
            kind = PromotionKind::Forward;
        }
        way
    }

    /// The gates on the way into a stage: by which the one before is left, then by which this one is entered.
    pub fn gates_into(&self, position: usize) -> impl Iterator<Item = &Gate> {
        let left = position.checked_sub(1).and_then(|before| self.stages.get(before));
        let entered = self.stages.get(position);
        left.into_iter()
            .flat_map(|stage| &stage.exit)
            .chain(entered.into_iter().flat_map(|stage| &stage.entry))
    }

    /// Whether it can work.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn check(&self) -> Result<(), LifecycleError> {
        let gates = || self.stages.iter().flat_map(|stage| stage.entry.iter().chain(&stage.exit));
        let environments = || self.stages.iter().flat_map(|stage| &stage.environments);
        within("stages", STAGES, self.stages.len())?;
        within("environments", ENVIRONMENTS, environments().count())?;
        // It may have none.
        within("gates", GATES, gates().count().max(1))?;
        self.stages.iter().try_for_each(|stage| name("stage", &stage.name))?;
        unique("stage", self.stages.iter().map(|stage| &stage.name))?;
        gates().try_for_each(check_gate)?;
        unique("gate", gates().map(|gate| &gate.id))?;
        let mut seen = HashSet::new();
        if let Some(twice) = environments().find(|environment| !seen.insert(*environment)) {
            return Err(LifecycleError::EnvironmentTwice(twice.to_string()));
        }
        self.stages.iter().enumerate().try_for_each(|(at, stage)| {
            let is_last = at + 1 == self.stages.len();
            let of_stage = |why| LifecycleError::Stage { stage: stage.name.clone(), why };
            stage.check(at == 0, is_last).map_err(of_stage)
        })
    }
}

impl Stage {
    fn check(&self, is_first: bool, is_last: bool) -> Result<(), String> {
        check_hours("expires_hours", Some(self.expires_hours))?;
        let (needed, has) = (self.advance.needed(self.environments.len()), self.environments.len());
        if has == 0 {
            return Err("it has no environments: name one, or leave the stage out".to_owned());
        }
        if !(1..=has).contains(&needed) {
            return Err(format!("`advance` asks for {needed} of its {has} environments: ask for 1 to {has}"));
        }
        if is_first && self.entry.iter().any(|gate| gate.rule.kind() == GateKind::Soak) {
            return Err("nothing comes before the first stage that a release could soak in: have the soak among the entry \
                        gates of a later one"
                .to_owned());
        }
        if is_last && !self.exit.is_empty() {
            return Err("nothing comes behind the last stage, so its exit gates would never be asked: have them among \
                        its entry gates"
                .to_owned());
        }
        Ok(())
    }
}

fn check_gate(gate: &Gate) -> Result<(), LifecycleError> {
    name("gate", &gate.id)?;
    if RESERVED.iter().any(|kind| kind.as_str() == gate.id) {
        return Err(LifecycleError::Reserved(gate.id.clone()));
    }
    let of_gate = |why| LifecycleError::Gate { gate: gate.id.clone(), why };
    gate.when.check().and_then(|()| gate.rule.check()).map_err(of_gate)
}

const fn within(what: &'static str, most: usize, count: usize) -> Result<(), LifecycleError> {
    if count == 0 || count > most { Err(LifecycleError::Count { what, most, count }) } else { Ok(()) }
}

fn name(what: &'static str, name: &str) -> Result<(), LifecycleError> {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if (1..=NAME).contains(&name.len()) && name.bytes().all(fits) {
        Ok(())
    } else {
        Err(LifecycleError::Name { what, name: name.chars().take(NAME).collect() })
    }
}

fn unique<'a>(what: &'static str, mut names: impl Iterator<Item = &'a String>) -> Result<(), LifecycleError> {
    let mut seen = HashSet::new();
    match names.find(|name| !seen.insert(*name)) {
        Some(twice) => Err(LifecycleError::Twice { what, name: twice.clone() }),
        None => Ok(()),
    }
}
