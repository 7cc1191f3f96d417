//! What is asked of a lifecycle besides its gates.

use super::document::{Lifecycle, Stage};
use crate::releases::model::gates::Basis;
use crate::releases::model::{Gate, GateKind, GateRule, Inputs, PromotionKind, Separation};
use crate::types::{EnvironmentName, Timestamp};

impl Lifecycle {
    /// The stage that an environment is in.
    pub fn stage_of(&self, environment: &EnvironmentName) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.environments.contains(environment))
    }

    /// All environments that it names.
    pub fn environments(&self) -> impl Iterator<Item = &EnvironmentName> {
        self.stages.iter().flat_map(|stage| &stage.environments)
    }

    /// The gates of an id, in whatever stages.
    pub fn gates_called<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Gate> {
        let gates = self.stages.iter().flat_map(|stage| stage.entry.iter().chain(&stage.exit));
        gates.filter(move |gate| gate.id == id)
    }

    /// Whether a gate on the way into an environment, or into one that the release went through before, is of some kinds.
    pub fn asks_for(
        &self,
        environment: &EnvironmentName,
        kind: PromotionKind,
        wanted: impl Fn(GateKind) -> bool,
    ) -> bool {
        let way = self.way_into(environment, kind);
        let stages = way.iter().filter_map(|environment| self.position(environment));
        stages.flat_map(|position| self.gates_into(position)).any(|gate| wanted(gate.rule.kind()))
    }

    /// Whether a release is verified where it has to be before it goes forward into an environment.
    pub fn is_upstream_met(
        &self,
        environment: &EnvironmentName,
        upstream: &[(EnvironmentName, Option<Timestamp>)],
    ) -> bool {
        let Some(position) = self.position(environment) else { return false };
        let basis = Basis::of(self, position, PromotionKind::Forward);
        let inputs = Inputs { upstream: upstream.to_vec(), ..Inputs::default() };
        !basis.is_needed() || basis.verified_since(&inputs).is_some()
    }

    /// Whose word counts for none of the approvals that are asked for on the way into an environment; everybody's does where
    /// a gate leaves it so.
    pub fn excluded_from_approving(&self, environment: &EnvironmentName) -> Vec<Separation> {
        let Some(position) = self.position(environment) else { return Vec::new() };
        let asked: Vec<_> = self
            .gates_into(position)
            .filter_map(|gate| match &gate.rule {
                GateRule::Approvals(rule) => Some(rule),
                _ => None,
            })
            .collect();
        let excludes = |separation: &&Separation| {
            !asked.is_empty() && asked.iter().all(|rule| rule.separate_from.contains(separation))
        };
        Separation::ALL.iter().filter(excludes).copied().collect()
    }
}
