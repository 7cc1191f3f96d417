//! Change windows: when a gate lets changes through, as recurrence rules of RFC 5545 in the time of a place.

mod error;
mod parts;
mod recurrence;
mod rule;
mod verdict;

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::Timestamp as Instant;
use jiff::civil::{Date, DateTime, date};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

pub use error::WindowError;
pub use verdict::{WindowVerdict, judge};

use rule::Rule;

/// Longest window in minutes: two weeks.
const MAX_MINUTES: u32 = 20_160;
/// Longest reason in bytes.
const MAX_REASON: usize = 500;
/// What a rule counts from by itself: a Monday, so that weeks are whole.
const DEFAULT_FROM: DateTime = date(2024, 1, 1).at(0, 0, 0, 0);

/// The time zones that the binary brings. The machine's own could differ between replicas.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// What a window does while it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WindowKind {
    /// It lets changes through.
    Allow,
    /// It stops them, whatever else lets them through.
    Deny,
}

/// A window as it is written and kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Window)]
struct WindowDocument {
    /// What the window does while it is open.
    kind: WindowKind,
    /// When it opens: a recurrence rule (RFC 5545, section 3.3.10), at most hourly, with at most 24 starts a day. What
    /// it leaves open, it takes from `from`.
    #[schema(max_length = 1000, example = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=9;BYMINUTE=0;BYSECOND=0")]
    rule: String,
    /// The IANA time zone in which the rule tells the time. A start that a change of the clocks skips comes as long after it
    /// as it would have come (02:30 is 03:30); of two, the first counts.
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// How long it stays open each time, in minutes that pass, whatever the clocks do.
    #[schema(minimum = 1, maximum = 20_160)]
    minutes: u32,
    /// What people are told who are stopped by it. At most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// The local time from which the rule counts, and before which the window never opens. It is no start unless the rule
    /// makes it one. 2024-01-01T00:00:00, a Monday, by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2024-01-01T00:00:00")]
    from: Option<String>,
}

/// A change window that can be judged: its rule and its zone are known. It is written as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WindowDocument", into = "WindowDocument")]
pub struct Window {
    document: WindowDocument,
    rule: Rule,
    zone: TimeZone,
}

impl Window {
    fn length(&self) -> SignedDuration {
        SignedDuration::from_mins(self.document.minutes.into())
    }

    /// The starts after one instant and up to another, ascending. Nothing when the instants are near the end of time.
    fn starts(&self, after: Instant, to: Instant) -> Option<Vec<Instant>> {
        // A start that a change of the clocks skips is moved by a day at most: so much did Samoa skip.
        let first = self.zone.to_datetime(after).date().yesterday().ok()?;
        let last = self.zone.to_datetime(to).date();
        let mut starts = self.instants(first, last)?;
        starts.retain(|start| after < *start && *start <= to);
        starts.sort_unstable();
        Some(starts)
    }

    fn instants(&self, first: Date, last: Date) -> Option<Vec<Instant>> {
        let until = self.rule.until();
        let local = self.rule.between(first, last).into_iter();
        // RFC 5545, section 3.3.5: in a gap the offset before it counts, and of two instants the first. Section 3.3.10 says
        // so too, and that what falls in a gap is no start; but a window that denies must not be lost with the hour.
        let instants = local.map(|start| self.zone.to_timestamp(start).ok());
        instants.filter(|start| start.is_none_or(|start| until.is_none_or(|until| start <= until))).collect()
    }
}

impl TryFrom<WindowDocument> for Window {
    type Error = WindowError;

    fn try_from(document: WindowDocument) -> Result<Self, WindowError> {
        if !(1..=MAX_MINUTES).contains(&document.minutes) {
            return Err(WindowError::Minutes);
        }
        if document.reason.as_ref().is_some_and(|it| it.len() > MAX_REASON || it.contains(char::is_control)) {
            return Err(WindowError::Reason);
        }
        let zone = ZONES.get(&document.zone).ok().filter(|zone| !zone.is_unknown());
        let zone = zone.ok_or_else(|| WindowError::zone(&document.zone))?;
        let from = document.from.as_deref().map(local_time).transpose()?;
        let rule = Rule::parse(&document.rule, from)?;
        Ok(Self { document, rule, zone })
    }
}

fn local_time(text: &str) -> Result<DateTime, WindowError> {
    // jiff reads much that is near RFC 3339: what is not written so again, is refused.
    let time = text.parse::<DateTime>().ok().filter(|time| time.to_string() == text && text.len() == 19);
    time.ok_or(WindowError::From)
}

impl From<Window> for WindowDocument {
    fn from(window: Window) -> Self {
        window.document
    }
}

impl PartialSchema for Window {
    fn schema() -> RefOr<Schema> {
        WindowDocument::schema()
    }
}

impl ToSchema for Window {
    fn name() -> Cow<'static, str> {
        WindowDocument::name()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        WindowDocument::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(changes: &Value) -> Result<Window, String> {
        let mut document =
            json!({"kind": "allow", "rule": "FREQ=DAILY", "zone": "Europe/Berlin", "minutes": 60});
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        serde_json::from_value(document).map_err(|e| e.to_string())
    }

    #[test]
    fn is_written_as_it_was_read() {
        for text in [
            r#"{"kind":"deny","rule":"freq=daily;COUNT=3","zone":"europe/berlin","minutes":1,"from":"2026-12-24T18:00:00"}"#,
            r#"{"kind":"allow","rule":"FREQ=DAILY","zone":"UTC","minutes":20160,"reason":"office hours"}"#,
        ] {
            let window: Window = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&window).unwrap(), text);
        }
    }

    #[test]
    fn refuses_what_can_not_be_judged_and_says_what_to_do() {
        for (changes, part) in [
            (json!({"minutes": 0}), "1 to 20160 minutes"),
            (json!({"minutes": 20161}), "1 to 20160 minutes"),
            (json!({"minutes": -1}), "u32"),
            (json!({"zone": "Europe/Bonn"}), "'Europe/Bonn' is no time zone"),
            (json!({"zone": "+01:00"}), "IANA"),
            (json!({"zone": "Etc/Unknown"}), "IANA"),
            (json!({"zone": "../etc/localtime"}), "IANA"),
            (json!({"reason": "a\nb"}), "at most 500"),
            (json!({"reason": "a".repeat(501)}), "at most 500"),
            (json!({"from": "2024-01-01"}), "2024-01-01T00:00:00"),
            (json!({"from": "2024-01-01T00:00:00Z"}), "without an offset"),
            (json!({"from": "2024-01-01T00:00:00.5"}), "without an offset"),
            (json!({"from": "2024-02-30T00:00:00"}), "without an offset"),
            (json!({"rule": "FREQ=MINUTELY"}), "HOURLY"),
            (json!({"kind": "maybe"}), "unknown variant"),
            (json!({"extra": 1}), "unknown field"),
        ] {
            let error = read(&changes).unwrap_err();
            assert!(error.contains(part), "{changes}: {error}");
        }
        assert!(read(&json!({"reason": "a".repeat(500), "from": "1999-12-31T23:59:59"})).is_ok());
    }

    #[test]
    fn its_description_is_that_of_its_document() {
        let mut schemas = Vec::new();
        Window::schemas(&mut schemas);
        assert_eq!(Window::name(), "Window");
        assert_eq!(schemas.first().map(|(name, _)| name.as_str()), Some("WindowKind"));
        let schema = serde_json::to_value(Window::schema()).unwrap();
        assert_eq!(schema["required"], json!(["kind", "rule", "zone", "minutes"]));
    }
}
