//! Spans in a gate's parameters.

use std::time::Duration;

/// Longest span: ten years of hours.
const MOST: u32 = 87_600;

/// A span of hours.
pub fn hours(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 3600)
}

/// What is wrong with a span of hours.
pub fn check_hours(key: &str, hours: Option<u32>) -> Result<(), String> {
    if hours.is_none_or(|hours| (1..=MOST).contains(&hours)) {
        Ok(())
    } else {
        Err(format!("`{key}` is 1 to {MOST} hours"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_an_end() {
        assert_eq!(hours(2), Duration::from_secs(7200));
        for (span, good) in [(None, true), (Some(0), false), (Some(1), true), (Some(MOST), true)] {
            assert_eq!(check_hours("x", span).is_ok(), good, "{span:?}");
        }
        assert_eq!(check_hours("x", Some(MOST + 1)), Err("`x` is 1 to 87600 hours".to_owned()));
    }
}
