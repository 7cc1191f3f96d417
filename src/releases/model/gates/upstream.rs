//! That the release was verified where it has to be before it enters. Always asked.

use serde_json::{Value, json};

use super::answer::Answer;
use crate::releases::model::{Inputs, Lifecycle, PromotionKind, Request, Stage};
use crate::types::{EnvironmentName, Timestamp};

/// What a promotion rests on: in one of these stages the release has to be verified.
#[derive(Debug)]
pub struct Basis<'a> {
    stages: Vec<&'a Stage>,
    is_needed: bool,
}

impl<'a> Basis<'a> {
    /// What a promotion into a stage rests on. A hotfix may leave out the stage before where the stage says so, but no more
    /// than that one.
    pub fn of(lifecycle: &'a Lifecycle, position: usize, kind: PromotionKind) -> Self {
        let before = |count: usize| position.checked_sub(count).and_then(|at| lifecycle.stages.get(at));
        let skips = kind == PromotionKind::Hotfix
            && lifecycle.stages.get(position).is_some_and(|stage| stage.hotfix_skips_upstream);
        let stages: Vec<_> = match (kind, skips) {
            (PromotionKind::Rollback, _) => Vec::new(),
            (_, false) => before(1).into_iter().collect(),
            (_, true) => before(1).into_iter().chain(before(2)).collect(),
        };
        let is_needed = !stages.is_empty() && (!skips || position > 1);
        Self { stages, is_needed }
    }

    /// Whether it has to be verified at all.
    pub const fn is_needed(&self) -> bool {
        self.is_needed
    }

    /// The environments whose verifications count.
    pub fn environments(&self) -> impl Iterator<Item = &'a EnvironmentName> {
        self.stages.iter().flat_map(|stage| &stage.environments)
    }

    /// Since when the release is verified in one of the stages: in as many of its environments as it asks for, at once.
    pub fn verified_since(&self, inputs: &Inputs) -> Option<Timestamp> {
        self.stages.iter().filter_map(|stage| verified_since(stage, inputs)).min()
    }

    /// What of the inputs is looked at.
    pub fn view(&self, inputs: &Inputs) -> Value {
        let since = |name: &EnvironmentName| (name.to_string(), json!(since(name, inputs)));
        self.environments().map(since).collect::<serde_json::Map<_, _>>().into()
    }

    /// What it asks for.
    pub fn policy(&self) -> Value {
        let stages: Vec<_> = self
            .stages
            .iter()
            .map(|stage| json!({ "environments": stage.environments, "advance": stage.advance }))
            .collect();
        json!({ "type": "upstream", "stages": stages, "needed": self.is_needed })
    }

    fn names(&self) -> String {
        let stages: Vec<_> = self
            .stages
            .iter()
            .map(|stage| {
                let names: Vec<_> = stage.environments.iter().map(EnvironmentName::as_str).collect();
                format!("{} of {}", stage.advance.needed(names.len()), names.join(", "))
            })
            .collect();
        stages.join(", or ")
    }
}

fn since(environment: &EnvironmentName, inputs: &Inputs) -> Option<Timestamp> {
    inputs.upstream.iter().find(|(name, _)| name == environment).and_then(|(_, since)| *since)
}

/// Since when as many environments as are needed hold it verified together.
fn verified_since(stage: &Stage, inputs: &Inputs) -> Option<Timestamp> {
    let mut instants: Vec<_> = stage.environments.iter().filter_map(|name| since(name, inputs)).collect();
    instants.sort_unstable();
    let needed = stage.advance.needed(stage.environments.len());
    needed.checked_sub(1).and_then(|last| instants.get(last)).copied()
}

/// What it says.
pub fn upstream(basis: &Basis<'_>, request: &Request, inputs: &Inputs) -> Answer {
    let kind = request.kind;
    if kind == PromotionKind::Rollback {
        let answer = if inputs.verified_here_before {
            Answer::pass("verified_here", "the release was verified here before")
        } else {
            Answer::fail(
                "never_verified_here",
                format!(
                    "the release was never verified in {}, so nothing can be rolled back to it",
                    request.environment
                ),
                "roll back to a release that was, or promote this one forward",
            )
        };
        return answer.having_seen(json!({ "kind": kind, "verified_here": inputs.verified_here_before }));
    }
    let answer = if basis.verified_since(inputs).is_some() {
        Answer::pass("verified_upstream", "the release is verified in the stage before")
    } else if basis.is_needed() {
        Answer::missing(
            "not_verified_upstream",
            format!("the release has to be verified in {} first", basis.names()),
            "promote it there, and have its deployment reported as verified",
        )
    } else if basis.stages.is_empty() {
        Answer::pass("first_stage", "nothing comes before the first stage")
    } else {
        Answer::pass("hotfix_skips_upstream", "hotfixes may leave out the stage before")
    };
    answer.having_seen(json!({ "kind": kind, "upstream": basis.view(inputs) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::gates::given;
    use crate::releases::model::{Outcome, read_lifecycle};

    const STAGES: &str = r#"{"stages":[
        {"name":"dev","environments":["dev"]},
        {"name":"staging","environments":["eu","us","asia"],"advance":{"at_least":2},"hotfix_skips_upstream":true},
        {"name":"production","environments":["live"],"hotfix_skips_upstream":true},
        {"name":"attic","environments":["attic"]}]}"#;

    /// What is said of a promotion into the stage at `position`, with hours for which environments are verified.
    fn ask(position: usize, kind: PromotionKind, verified: &[(&str, u32)]) -> (Outcome, &'static str) {
        let lifecycle = read_lifecycle(STAGES.as_bytes()).unwrap();
        let upstream = verified.iter().map(|(name, ago)| (name.parse().unwrap(), Some(given::ago(*ago))));
        let inputs = Inputs { upstream: upstream.collect(), ..Inputs::default() };
        let request = Request { kind, ..given::request() };
        let answer = super::upstream(&Basis::of(&lifecycle, position, kind), &request, &inputs);
        (answer.outcome, answer.code)
    }

    #[test]
    fn enough_environments_of_the_stage_before_hold_it_verified() {
        use PromotionKind::{Forward, Redeploy};
        for kind in [Forward, Redeploy] {
            assert_eq!(ask(0, kind, &[]), (Outcome::Pass, "first_stage"));
            assert_eq!(ask(1, kind, &[]), (Outcome::Missing, "not_verified_upstream"));
            assert_eq!(ask(1, kind, &[("dev", 1)]), (Outcome::Pass, "verified_upstream"));
            assert_eq!(ask(2, kind, &[("eu", 1), ("dev", 1)]).0, Outcome::Missing);
            assert_eq!(ask(2, kind, &[("eu", 1), ("asia", 1)]).0, Outcome::Pass);
        }
    }

    #[test]
    fn a_hotfix_leaves_out_one_stage_where_it_may() {
        let hotfix = PromotionKind::Hotfix;
        assert_eq!(ask(1, hotfix, &[]), (Outcome::Pass, "hotfix_skips_upstream"));
        assert_eq!(ask(2, hotfix, &[]), (Outcome::Missing, "not_verified_upstream"), "one, not two");
        assert_eq!(ask(2, hotfix, &[("dev", 1)]), (Outcome::Pass, "verified_upstream"));
        assert_eq!(ask(3, hotfix, &[("eu", 1), ("us", 1)]).0, Outcome::Missing, "the stage does not say so");
        assert_eq!(ask(3, hotfix, &[("live", 1)]).0, Outcome::Pass);
    }

    #[test]
    fn a_rollback_goes_where_it_was_verified() {
        let lifecycle = read_lifecycle(STAGES.as_bytes()).unwrap();
        let request = Request { kind: PromotionKind::Rollback, ..given::request() };
        let basis = Basis::of(&lifecycle, 2, request.kind);
        for (verified_here_before, code) in [(true, "verified_here"), (false, "never_verified_here")] {
            let inputs = Inputs { verified_here_before, ..Inputs::default() };
            let answer = super::upstream(&basis, &request, &inputs);
            assert_eq!((answer.outcome.passes(), answer.code), (verified_here_before, code));
        }
    }

    #[test]
    fn time_counts_from_when_enough_were_verified() {
        let lifecycle = read_lifecycle(STAGES.as_bytes()).unwrap();
        let since = |hours: [u32; 3]| {
            let names = ["eu", "us", "asia"].into_iter().zip(hours);
            let upstream = names.map(|(name, ago)| (name.parse().unwrap(), Some(given::ago(ago)))).collect();
            let basis = Basis::of(&lifecycle, 2, PromotionKind::Forward);
            basis.verified_since(&Inputs { upstream, ..Inputs::default() })
        };
        assert_eq!(since([9, 5, 1]), Some(given::ago(5)));
        assert_eq!(since([1, 9, 9]), Some(given::ago(9)));
    }
}
