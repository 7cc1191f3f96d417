//! Why a change window is refused.

use thiserror::Error;

/// Why a text is no change window. The messages go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WindowError {
    /// Shorter than a minute or longer than two weeks.
    #[error("a window stays open for 1 to 20160 minutes (two weeks)")]
    Minutes,
    /// Too long, or not one line.
    #[error("a window's reason is one line of at most 500 characters")]
    Reason,
    /// Not in the database of time zones.
    #[error("'{0}' is no time zone: use a name of the IANA database, for example Europe/Berlin")]
    Zone(String),
    /// No local time.
    #[error("'from' is a local time without an offset: it has the form 2024-01-01T00:00:00")]
    From,
    /// A rule that is too long.
    #[error("a rule has at most 1000 characters: use several windows")]
    Long,
    /// A part that RFC 5545 does not know, or that has no value.
    #[error(
        "'{0}' is no part of a recurrence rule: a rule has the form FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=9;BYMINUTE=0 (RFC 5545)"
    )]
    Part(String),
    /// The same part again.
    #[error("a rule has each part once, and this one has {0} again: list the values between commas")]
    Twice(String),
    /// No frequency, or one that is too often.
    #[error("a rule needs FREQ=YEARLY, MONTHLY, WEEKLY, DAILY or HOURLY")]
    Frequency,
    /// A value that the part can't have.
    #[error("{0} has to be {1}")]
    Value(&'static str, &'static str),
    /// Parts that do not go together.
    #[error("{0}")]
    Together(&'static str),
    /// It starts all day long.
    #[error(
        "a rule starts at most 24 times a day: give fewer hours, minutes and seconds, and more minutes to the window"
    )]
    Often,
    /// A count that is not reached in a time that can be looked through.
    #[error("the rule does not start COUNT times within 30 years after 'from': use UNTIL, or neither")]
    Count,
}

impl WindowError {
    /// Of a zone, with as much of it as fits a message.
    pub(super) fn zone(text: &str) -> Self {
        Self::Zone(excerpt(text))
    }

    /// Of a part, with as much of it as fits a message.
    pub(super) fn part(text: &str) -> Self {
        Self::Part(excerpt(text))
    }

    /// Of a repeated part, with as much of it as fits a message.
    pub(super) fn twice(text: &str) -> Self {
        Self::Twice(excerpt(text))
    }
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}
