//! Where releases run.

use std::collections::BTreeMap;

use thiserror::Error;

use super::words::words;
use crate::ledger::FactEnvironment;
use crate::types::{EnvironmentId, EnvironmentName, Timestamp};

/// Most labels of one thing, and most characters of a label's key and value: all of them stand in one event.
const MOST_LABELS: usize = 16;
const LONGEST_KEY: usize = 63;
const LONGEST_VALUE: usize = 128;
/// Longest that a predecessor may drain.
pub const LONGEST_DRAIN: i64 = 30 * 24 * 3600;
/// How long it drains when nobody says: pods that are rescheduled within the hour still pull.
pub const USUAL_DRAIN: i64 = 3600;

words! {
    /// What kind of place an environment is.
    Tier {
        /// Where it is made.
        Development = "development",
        /// Where it is tested.
        Testing = "testing",
        /// Where it is tried as in production.
        Staging = "staging",
        /// Where people rely on it.
        Production = "production",
    }
    /// How much harm can be done there.
    Sensitivity {
        /// Little.
        Low = "low",
        /// Some.
        Medium = "medium",
        /// Much.
        High = "high",
    }
}

/// Labels, by key.
pub type Labels = BTreeMap<String, String>;

/// Why labels or settings of an environment can't be accepted. The messages go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FieldError {
    /// Too many labels.
    #[error("there are more than {MOST_LABELS} labels: leave some out")]
    TooManyLabels,
    /// A key or value that is none.
    #[error(
        "the label '{0}' can't be kept: a key is 1 to {LONGEST_KEY} letters, digits, '.', '_', '-' and '/', a value at \
         most {LONGEST_VALUE} characters without control characters"
    )]
    Label(String),
    /// Too long, or negative.
    #[error("drain_seconds must lie between 0 and {LONGEST_DRAIN}")]
    Drain,
    /// A text that is empty or too long.
    #[error("{what} must have 1 to {longest} characters, none of them control characters")]
    Text {
        /// Which field.
        what: &'static str,
        /// Most characters.
        longest: usize,
    },
}

/// Checks labels.
///
/// # Errors
/// Says which bound is passed.
pub fn check_labels(labels: &Labels) -> Result<(), FieldError> {
    if labels.len() > MOST_LABELS {
        return Err(FieldError::TooManyLabels);
    }
    let is_key = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let fits = |(key, value): &(&String, &String)| {
        (1..=LONGEST_KEY).contains(&key.len())
            && key.chars().all(is_key)
            && value.chars().count() <= LONGEST_VALUE
            && !value.contains(char::is_control)
    };
    match labels.iter().find(|label| !fits(label)) {
        Some((key, _)) => Err(FieldError::Label(key.chars().take(LONGEST_KEY).collect())),
        None => Ok(()),
    }
}

/// Checks a text that a person wrote: it stands in an event.
///
/// # Errors
/// `Text`.
pub fn check_text(what: &'static str, text: &str, longest: usize) -> Result<(), FieldError> {
    let is_fit = !text.trim().is_empty() && text.chars().count() <= longest;
    // Lines may be parted.
    let is_clean = !text.contains(|c: char| c.is_control() && c != '\n');
    if is_fit && is_clean { Ok(()) } else { Err(FieldError::Text { what, longest }) }
}

/// What may be said of an environment beside its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSettings {
    /// What kind of place it is.
    pub tier: Tier,
    /// How much harm can be done there.
    pub sensitivity: Sensitivity,
    /// Labels.
    pub labels: Labels,
    /// How long a predecessor drains once its successor was verified.
    pub drain_seconds: i64,
}

impl EnvironmentSettings {
    /// Checks the bounds that no single value shows.
    ///
    /// # Errors
    /// Says which bound is passed.
    pub fn check(&self) -> Result<(), FieldError> {
        check_labels(&self.labels)?;
        if (0..=LONGEST_DRAIN).contains(&self.drain_seconds) { Ok(()) } else { Err(FieldError::Drain) }
    }
}

/// An environment, as a revision of it has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Opaque id.
    pub id: EnvironmentId,
    /// Counts from 1.
    pub revision: i64,
    /// Its name, which stays.
    pub name: EnvironmentName,
    /// What is said of it.
    pub settings: EnvironmentSettings,
    /// Since when this revision holds.
    pub since: Timestamp,
}

impl Environment {
    /// As an event tells it.
    pub fn fact(&self) -> FactEnvironment {
        let EnvironmentSettings { tier, sensitivity, labels, drain_seconds } = &self.settings;
        FactEnvironment {
            environment: self.id.to_string(),
            revision: self.revision,
            name: self.name.to_string(),
            tier: tier.as_str().to_owned(),
            sensitivity: sensitivity.as_str().to_owned(),
            labels: labels.clone(),
            drain_seconds: *drain_seconds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_have_bounds() {
        let labels = |pairs: &[(&str, &str)]| -> Labels {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(check_labels(&labels(&[("team/x", "a b"), ("risk", "")])), Ok(()));
        for (key, value) in
            [("", "a"), ("a b", "a"), ("a", "\n"), ("a", &"x".repeat(129)), (&"k".repeat(64), "")]
        {
            assert!(matches!(check_labels(&labels(&[(key, value)])), Err(FieldError::Label(_))), "{key:?}");
        }
        let many: Labels = (0..17).map(|n| (n.to_string(), String::new())).collect();
        assert_eq!(check_labels(&many), Err(FieldError::TooManyLabels));
    }

    #[test]
    fn texts_have_bounds() {
        assert_eq!(check_text("reason", "a\nb", 3), Ok(()));
        for text in ["", " ", "abcd", "a\0"] {
            assert!(check_text("reason", text, 3).is_err(), "{text:?}");
        }
    }

    #[test]
    fn choices_read_what_they_write() {
        for tier in [Tier::Development, Tier::Testing, Tier::Staging, Tier::Production] {
            assert_eq!(tier.as_str().parse(), Ok(tier));
        }
        assert!("prod".parse::<Tier>().is_err());
        assert!(Tier::Staging < Tier::Production);
    }
}
