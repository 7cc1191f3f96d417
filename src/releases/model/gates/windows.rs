//! Whether changes are let through now.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use crate::releases::model::window::{Window, WindowVerdict, judge};

/// Most windows of one gate: each is looked through for as long as none is open.
const MOST: usize = 20;

/// The windows in which a release may be admitted, and those in which none may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WindowsRule {
    /// 1 to 20. Those that deny win over those that allow; where none allows, it is open outside of those that deny.
    pub windows: Vec<Window>,
}

impl WindowsRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if (1..=MOST).contains(&self.windows.len()) {
            Ok(())
        } else {
            Err(format!("`windows` has 1 to {MOST} windows"))
        }
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let answer = match judge(&self.windows, asked.now) {
            WindowVerdict::Open { until } => {
                let message = until.map_or_else(
                    || "changes are let through".to_owned(),
                    |until| format!("changes are let through until {until}"),
                );
                Answer::pass("window_open", message).until(until)
            }
            WindowVerdict::Closed { reason, next_open } => {
                let message = next_open.map_or_else(
                    || format!("{reason}, and none opens within a year"),
                    |opens| format!("{reason}: it opens {opens}"),
                );
                Answer::pending("window_closed", message).until(next_open)
            }
        };
        // Nothing but the time is looked at.
        answer.having_seen(json!({}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::Outcome;
    use crate::releases::model::gates::given::Given;

    fn ask(kind: &str) -> (Outcome, &'static str, bool) {
        let always = format!(
            r#"{{"windows":[{{"kind":"{kind}","rule":"FREQ=DAILY;BYHOUR=0;BYMINUTE=0;BYSECOND=0","zone":"UTC","minutes":1439}}]}}"#
        );
        let rule: WindowsRule = serde_json::from_str(&always).unwrap();
        let answer = Given::default().ask(|asked| rule.answer(asked));
        (answer.outcome, answer.code, answer.next_at.is_some())
    }

    #[test]
    fn it_passes_while_a_window_is_open_and_waits_for_the_next() {
        assert_eq!(ask("allow"), (Outcome::Pass, "window_open", true));
        assert_eq!(ask("deny"), (Outcome::Pending, "window_closed", true));
    }

    #[test]
    fn it_has_windows_but_not_too_many() {
        assert!(WindowsRule { windows: Vec::new() }.check().is_err());
    }
}
