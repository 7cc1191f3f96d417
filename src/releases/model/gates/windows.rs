//! Whether change windows let the release in now.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use crate::releases::model::window::{Window, WindowVerdict, judge};

/// Most windows of a gate: all are judged at each decision.
const WINDOWS: usize = 20;

/// Whether change windows let the release in. One that denies wins; of those that allow, if there are any, one has to be open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WindowsRule {
    /// At most 20.
    pub windows: Vec<Window>,
}

impl WindowsRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if (1..=WINDOWS).contains(&self.windows.len()) {
            Ok(())
        } else {
            Err(format!("`windows` has 1 to {WINDOWS} of them"))
        }
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let answer = match judge(&self.windows, asked.now) {
            WindowVerdict::Open { until } => {
                Answer::pass("window_open", "the change windows let it in now").until(until)
            }
            WindowVerdict::Closed { reason, next_open } => {
                let when = match next_open {
                    Some(at) => format!("they let it in from {at} on"),
                    None => {
                        "they let nothing in within a year: have whoever rules the lifecycle look at them"
                            .to_owned()
                    }
                };
                Answer::pending("window_closed", reason).remedied(when).until(next_open)
            }
        };
        // The windows are the gate's own, and the time of asking stands beside each result.
        answer.having_seen(json!({}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::Outcome;
    use crate::releases::model::gates::given::{Given, in_hours};
    use crate::types::Timestamp;

    /// What a window says at 08:00 UTC.
    fn ask(kind: &str, hour: u32, minutes: u32) -> (Outcome, &'static str, Option<Timestamp>) {
        let rule = format!("FREQ=DAILY;BYHOUR={hour};BYMINUTE=0;BYSECOND=0");
        let windows = json!({"windows": [{"kind": kind, "rule": rule, "zone": "UTC", "minutes": minutes}]});
        let rule: WindowsRule = serde_json::from_value(windows).unwrap();
        assert_eq!(rule.check(), Ok(()));
        let answer = Given::default().ask(|asked| rule.answer(asked));
        (answer.outcome, answer.code, answer.next_at)
    }

    #[test]
    fn it_waits_for_the_next_time_a_window_is_open() {
        assert_eq!(ask("allow", 7, 120), (Outcome::Pass, "window_open", Some(in_hours(1))));
        assert_eq!(ask("allow", 10, 60), (Outcome::Pending, "window_closed", Some(in_hours(2))));
        assert_eq!(ask("deny", 7, 120), (Outcome::Pending, "window_closed", Some(in_hours(1))));
        assert_eq!(ask("deny", 10, 60), (Outcome::Pass, "window_open", Some(in_hours(2))));
    }

    #[test]
    fn a_gate_without_windows_is_refused() {
        assert!(WindowsRule { windows: Vec::new() }.check().is_err());
    }
}
