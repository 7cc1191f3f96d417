//! How long the release was verified in the stage before, without a break.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::span::{check_hours, hours};
use crate::releases::model::PromotionKind;

/// How long the release was verified in the stage before. Rollbacks need not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SoakRule {
    /// At least so many hours,
    pub hours: u32,
    /// and so many minutes.
    #[serde(default)]
    pub minutes: u32,
}

impl SoakRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.hours == 0 && (1..60).contains(&self.minutes) {
            return Ok(());
        }
        if self.minutes >= 60 {
            return Err("`minutes` is 0 to 59, beside `hours`".to_owned());
        }
        check_hours("hours", Some(self.hours))
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let kind = asked.request.kind;
        self.of_time(asked).having_seen(json!({ "kind": kind, "upstream": asked.basis.view(asked.inputs) }))
    }

    fn of_time(&self, asked: &Asked<'_>) -> Answer {
        if asked.request.kind == PromotionKind::Rollback {
            return Answer::not_applicable("a rollback is to what has run here before");
        }
        let Some(since) = asked.basis.verified_since(asked.inputs) else {
            // Of a hotfix that leaves out the stage before, and of the first stage.
            if !asked.basis.is_needed() {
                return Answer::not_applicable("nothing comes before, so there is nothing to soak in");
            }
            let message = "the release has to be verified in the stage before, and time counts from then";
            return Answer::pending("not_verified_upstream", message);
        };
        let until = since.after(hours(self.hours)).after(Duration::from_secs(u64::from(self.minutes) * 60));
        if until <= asked.now {
            Answer::pass("soaked", format!("verified in the stage before since {since}"))
        } else {
            let message =
                format!("verified in the stage before since {since}: it has soaked long enough at {until}");
            Answer::pending("soaking", message).until(Some(until))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::gates::Basis;
    use crate::releases::model::gates::given::{Given, ago, in_hours};
    use crate::releases::model::{Outcome, read_lifecycle};
    use crate::types::Timestamp;

    fn ask(kind: PromotionKind, since: Option<Timestamp>) -> (Outcome, &'static str, Option<Timestamp>) {
        let stages = r#"{"stages":[{"name":"dev","environments":["dev"]},
            {"name":"live","environments":["live"],"hotfix_skips_upstream":true}]}"#;
        let lifecycle = read_lifecycle(stages.as_bytes()).unwrap();
        let mut given = Given::default();
        given.request.kind = kind;
        given.inputs.upstream = vec![("dev".parse().unwrap(), since)];
        let basis = Basis::of(&lifecycle, 1, kind);
        let answer = given.ask_on(&basis, |asked| SoakRule { hours: 3, minutes: 0 }.answer(asked));
        (answer.outcome, answer.code, answer.next_at)
    }

    #[test]
    fn time_passes_until_it_is_enough() {
        use PromotionKind::{Forward, Hotfix, Redeploy};
        for kind in [Forward, Redeploy, Hotfix] {
            assert_eq!(ask(kind, Some(ago(3))), (Outcome::Pass, "soaked", None));
            assert_eq!(ask(kind, Some(ago(2))), (Outcome::Pending, "soaking", Some(in_hours(1))));
        }
        assert_eq!(ask(Forward, None), (Outcome::Pending, "not_verified_upstream", None));
    }

    #[test]
    fn rollbacks_and_hotfixes_that_skip_have_nothing_to_soak_in() {
        for kind in [PromotionKind::Rollback, PromotionKind::Hotfix] {
            assert_eq!(ask(kind, None).1, "not_applicable");
        }
    }

    #[test]
    fn no_time_is_no_soak() {
        let check = |hours, minutes| SoakRule { hours, minutes }.check();
        assert!(check(0, 0).is_err() && check(0, 60).is_err() && check(1, 60).is_err());
        assert!(check(1, 0).is_ok() && check(0, 1).is_ok() && check(1, 59).is_ok());
    }
}
