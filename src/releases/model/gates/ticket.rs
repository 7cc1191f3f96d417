//! The promotion's change ticket, and what the system that keeps it says.

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use thiserror::Error;
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;

/// Longest pattern in bytes.
const MAX_PATTERN: usize = 256;
/// Most bytes that a compiled pattern may take.
const MAX_COMPILED: usize = 64 * 1024;

/// Why a text is no pattern. The message goes to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no pattern of tickets: use a short regular expression that matches the whole ticket, as OPS-[0-9]+"
)]
pub struct PatternError(String);

/// A regular expression that matches whole tickets, in linear time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketPattern {
    text: String,
    regex: Regex,
}

impl TicketPattern {
    /// Whether the whole ticket matches.
    pub fn matches(&self, ticket: &str) -> bool {
        self.regex.is_match(ticket)
    }
}

impl TryFrom<String> for TicketPattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let refuse = || PatternError(text.chars().take(64).collect());
        let compile = |expression: &str| {
            let mut builder = RegexBuilder::new(expression);
            builder.size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED).build().map_err(|_| refuse())
        };
        if text.is_empty() || text.len() > MAX_PATTERN {
            return Err(refuse());
        }
        // Alone first: `a)(b` is only balanced by the group around it, and would escape the anchors.
        compile(&text)?;
        // The group keeps an alternation inside the anchors.
        let regex = compile(&format!(r"\A(?:{text})\z"))?;
        Ok(Self { text, regex })
    }
}

impl From<TicketPattern> for String {
    fn from(pattern: TicketPattern) -> Self {
        pattern.text
    }
}

impl fmt::Display for TicketPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The change ticket.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TicketRule {
    /// A regular expression that the whole ticket matches.
    #[schema(value_type = String)]
    pub pattern: TicketPattern,
    /// Whether the system that keeps the ticket has to post that it is approved. One that it rejects never passes.
    #[serde(default)]
    pub answer_required: bool,
}

impl TicketRule {
    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let (ticket, answer) = (asked.request.ticket.as_deref(), asked.inputs.ticket_answer);
        self.of_ticket(ticket, answer).having_seen(json!({ "ticket": ticket, "answer": answer }))
    }

    fn of_ticket(&self, ticket: Option<&str>, answer: Option<bool>) -> Answer {
        let pattern = &self.pattern;
        let again = format!("ask for the promotion again with a ticket of the form {pattern}");
        let Some(ticket) = ticket else {
            return Answer::missing("ticket_missing", "the promotion names no ticket", again);
        };
        if !pattern.matches(ticket) {
            let message = format!("ticket {ticket:?} is not of the form {pattern}");
            return Answer::fail("ticket_does_not_match", message, again);
        }
        match answer {
            Some(false) => Answer::fail(
                "ticket_rejected",
                format!("ticket {ticket} was rejected"),
                "see there why; once it is approved, have that posted",
            ),
            None if self.answer_required => Answer::pending(
                "ticket_unanswered",
                format!("nobody posted yet whether ticket {ticket} is approved"),
            ),
            Some(true) => Answer::pass("ticket_approved", format!("ticket {ticket} is approved")),
            None => Answer::pass("ticket_named", format!("the promotion names ticket {ticket}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::Outcome;
    use crate::releases::model::gates::given::Given;

    fn ask(json: &str, ticket: Option<&str>, answer: Option<bool>) -> (Outcome, &'static str) {
        let rule: TicketRule = serde_json::from_str(json).unwrap();
        let mut given = Given::default();
        given.request.ticket = ticket.map(str::to_owned);
        given.inputs.ticket_answer = answer;
        let answer = given.ask(|asked| rule.answer(asked));
        (answer.outcome, answer.code)
    }

    #[test]
    fn the_whole_ticket_matches() {
        let rule = r#"{"pattern":"OPS-[0-9]+|none"}"#;
        assert_eq!(ask(rule, Some("OPS-7"), None), (Outcome::Pass, "ticket_named"));
        assert_eq!(ask(rule, Some("none"), None).0, Outcome::Pass);
        assert_eq!(ask(rule, None, None), (Outcome::Missing, "ticket_missing"));
        for ticket in ["", "OPS-", "OPS-7\n", "xOPS-7", "none7"] {
            assert_eq!(ask(rule, Some(ticket), Some(true)).1, "ticket_does_not_match", "{ticket:?}");
        }
    }

    #[test]
    fn an_answer_is_waited_for_where_it_is_asked_for() {
        let rule = r#"{"pattern":".+","answer_required":true}"#;
        assert_eq!(ask(rule, Some("a"), None), (Outcome::Pending, "ticket_unanswered"));
        assert_eq!(ask(rule, Some("a"), Some(true)), (Outcome::Pass, "ticket_approved"));
        assert_eq!(ask(rule, Some("a"), Some(false)), (Outcome::Fail, "ticket_rejected"));
        assert_eq!(ask(r#"{"pattern":".+"}"#, Some("a"), Some(false)).0, Outcome::Fail);
    }

    #[test]
    fn patterns_are_short_and_balanced() {
        for pattern in ["", "(", "a)(b", "(a{1000}){1000}", &"a".repeat(257)] {
            assert!(TicketPattern::try_from(pattern.to_owned()).is_err(), "{pattern}");
        }
    }
}
