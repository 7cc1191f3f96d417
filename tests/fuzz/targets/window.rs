#![no_main]
//! A window that is read is written so that it reads the same again, and what is foretold of it comes true at the microsecond.
//! The input is the window and, behind a line break, the instant.

use libfuzzer_sys::fuzz_target;
use parsers::releases::model::window::{Window, WindowVerdict, judge};
use parsers::types::Timestamp;

fuzz_target!(|input: &str| {
    let (document, instant) = input.split_once('\n').unwrap_or((input, "2026-03-28T12:00:00Z"));
    let Ok(window) = serde_json::from_str::<Window>(document) else { return };
    let written = serde_json::to_string(&window).unwrap_or_default();
    assert_eq!(serde_json::from_str::<Window>(&written).ok().as_ref(), Some(&window));
    let Ok(now) = instant.trim_end().parse::<Timestamp>() else { return };
    let judge = |micros| judge(std::slice::from_ref(&window), Timestamp::from_micros(micros));
    let is_open = |micros| matches!(judge(micros), WindowVerdict::Open { .. });
    let (WindowVerdict::Open { until: change } | WindowVerdict::Closed { next_open: change, .. }) =
        judge(now.micros());
    let Some(change) = change else { return };
    assert!(now < change);
    assert_eq!(is_open(change.micros() - 1), is_open(now.micros()));
    assert_ne!(is_open(change.micros()), is_open(now.micros()));
});
