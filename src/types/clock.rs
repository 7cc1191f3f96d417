//! Time is injected, so that tests move it and no room asks the operating system (design, rule 12).

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, UNIX_EPOCH};

use fail::fail_point;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant: whole microseconds since 1970-01-01 UTC, the precision that both databases keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since 1970-01-01 UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01 UTC.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// This instant and a span after it; stays at the end of time on overflow.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The span from `earlier` to this instant; zero when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// `2026-11-23T05:00:00.000001Z`, the form of the API.
    pub fn to_rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1000)
            .ok()
            .and_then(|instant| instant.format(&Rfc3339).ok())
            .unwrap_or_default()
    }
}

/// As [`Timestamp::to_rfc3339`].
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Why a text is no instant. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an instant has the form 2027-01-31T12:00:00Z")]
pub struct InstantError;

/// RFC 3339; what is finer than a microsecond is cut off.
impl FromStr for Timestamp {
    type Err = InstantError;

    fn from_str(text: &str) -> Result<Self, InstantError> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InstantError)?;
        i64::try_from(instant.unix_timestamp_nanos().div_euclid(1000)).map(Self).map_err(|_| InstantError)
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system")]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX));
        // Tests let a server live ahead of its time, by so many seconds.
        fail_point!("clock-ahead", |seconds: Option<String>| {
            now.after(Duration::from_secs(seconds.and_then(|seconds| seconds.parse().ok()).unwrap_or(0)))
        });
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_and_reads_rfc_3339() {
        assert_eq!(Timestamp::from_micros(1_000_001).to_rfc3339(), "1970-01-01T00:00:01.000001Z");
        for (text, micros) in [
            ("1970-01-01T00:00:01.000001Z", 1_000_001),
            ("1970-01-01T02:00:00.0000019+02:00", 1),
            ("1969-12-31T23:59:59Z", -1_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Timestamp::from_micros(micros)), "{text}");
        }
        for text in ["", "2027-01-31", "2027-02-30T00:00:00Z", "1700000000"] {
            assert_eq!(text.parse::<Timestamp>(), Err(InstantError), "{text}");
        }
    }
}
