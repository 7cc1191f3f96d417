//! Verdicts against a clock that is watched minute by minute.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, Timestamp as Instant};
use proptest::prelude::*;
use serde_json::json;

use super::*;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// The Thursdays before clocks change in Berlin, New York and on Lord Howe, and one before they do not.
const BEGINS: [&str; 7] = [
    "2026-03-26T00:00:00Z",
    "2026-10-22T00:00:00Z",
    "2026-03-05T00:00:00Z",
    "2026-10-29T00:00:00Z",
    "2026-10-01T00:00:00Z",
    "2026-04-02T00:00:00Z",
    "2026-06-18T00:00:00Z",
];

/// A window of some days of the week, or of every day, at some times.
#[derive(Debug, Clone)]
struct Simple {
    deny: bool,
    zone: &'static str,
    days: BTreeSet<usize>,
    hours: BTreeSet<i8>,
    minute: i8,
    length: u32,
}

impl Simple {
    fn window(&self) -> Window {
        let join = |list: Vec<String>| list.join(",");
        let days = join(self.days.iter().map(|day| DAYS[*day].to_owned()).collect());
        let frequency = if days.is_empty() { "DAILY".to_owned() } else { format!("WEEKLY;BYDAY={days}") };
        let hours = join(self.hours.iter().map(ToString::to_string).collect());
        let rule = format!("FREQ={frequency};BYHOUR={hours};BYMINUTE={}", self.minute);
        let kind = if self.deny { "deny" } else { "allow" };
        let window = json!({"kind": kind, "rule": rule, "zone": self.zone, "minutes": self.length});
        serde_json::from_value(window).unwrap()
    }

    fn is_start(&self, local: DateTime) -> bool {
        let day = usize::try_from(local.weekday().to_monday_zero_offset()).unwrap();
        (self.days.is_empty() || self.days.contains(&day))
            && self.hours.contains(&local.hour())
            && self.minute == local.minute()
    }

    /// Whether it is open in each minute: a watch follows the clock on the wall, and where that jumps, counts what it skips.
    fn open(&self, begin: Instant, minutes: usize) -> Vec<bool> {
        let zone = TimeZoneDatabase::bundled().get(self.zone).unwrap();
        let mut open = vec![false; minutes];
        let mut latest = zone.to_datetime(begin - MINUTE);
        for at in 0..minutes {
            let local = zone.to_datetime(begin + MINUTE * i32::try_from(at).unwrap());
            let mut passed = latest + MINUTE;
            let first = passed;
            while passed <= local {
                if self.is_start(passed) {
                    // What the jump skips starts as long after the jump as it would have come.
                    let late = if passed == local {
                        0
                    } else {
                        (passed - first).total(jiff::Unit::Minute).unwrap() as usize
                    };
                    let start = at + late;
                    let end = minutes.min(start + self.length as usize);
                    open.get_mut(start..end).into_iter().flatten().for_each(|minute| *minute = true);
                }
                passed += MINUTE;
            }
            // What the clock shows again is no new time.
            latest = latest.max(local);
        }
        open
    }
}

fn simple() -> impl Strategy<Value = Simple> {
    let zone = prop::sample::select(vec![
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ]);
    let days = prop::collection::btree_set(0..7_usize, 0..5);
    let hours = prop_oneof![0..4_i8, 0..24_i8];
    let hours = prop::collection::btree_set(hours, 1..4);
    let minute = prop::sample::select(vec![0_i8, 15, 30, 59]);
    (prop::bool::weighted(0.4), zone, days, hours, minute, 1..1500_u32).prop_map(
        |(deny, zone, days, hours, minute, length)| Simple { deny, zone, days, hours, minute, length },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn agrees_with_a_watch(
        rules in prop::collection::vec(simple(), 0..5),
        begin in prop::sample::select(BEGINS.to_vec()),
        skips in prop::collection::vec(1..400_usize, 40),
    ) {
        let windows: Vec<Window> = rules.iter().map(Simple::window).collect();
        let begin: Instant = begin.parse().unwrap();
        // The watch has to have seen the windows that were open when the days judged begin.
        let (before, minutes) = (2 * 1440, 9 * 1440);
        let open: Vec<(bool, Vec<bool>)> = rules.iter().map(|rule| (rule.deny, rule.open(begin, minutes))).collect();
        let any = |deny: bool, at: usize| open.iter().any(|(denies, open)| *denies == deny && open[at]);
        let allows = rules.iter().any(|rule| !rule.deny);
        let is_open = |at: usize| !any(true, at) && (!allows || any(false, at));
        let mut at = before;
        for skip in skips {
            let now = Timestamp::from_micros((begin + MINUTE * i32::try_from(at).unwrap()).as_microsecond());
            let (judged, change) = match judge(&windows, now) {
                WindowVerdict::Open { until } => (true, until),
                WindowVerdict::Closed { next_open, .. } => (false, next_open),
            };
            prop_assert_eq!(judged, is_open(at), "at {}", now);
            let expected = (at..minutes).find(|minute| is_open(*minute) != judged);
            let change = change.map(|change| usize::try_from(change.since(now).as_secs() / 60).unwrap() + at);
            prop_assert_eq!(change.filter(|change| *change < minutes), expected, "after {}", now);
            at = (at + skip).min(minutes - 1);
        }
    }

    #[test]
    fn what_is_foretold_comes_true(
        rules in prop::collection::vec(simple(), 1..5),
        begin in prop::sample::select(BEGINS.to_vec()),
        micros in 0..1_000_000_000_000_i64,
    ) {
        let windows: Vec<Window> = rules.iter().map(Simple::window).collect();
        let now = Timestamp::from_micros(begin.parse::<Timestamp>().unwrap().micros() + micros);
        let is_open = |at: i64| matches!(judge(&windows, Timestamp::from_micros(at)), WindowVerdict::Open { .. });
        match judge(&windows, now) {
            WindowVerdict::Open { until: Some(change) } => {
                prop_assert!(now < change && is_open(change.micros() - 1) && !is_open(change.micros()));
            }
            WindowVerdict::Closed { next_open: Some(change), .. } => {
                prop_assert!(now < change && !is_open(change.micros() - 1) && is_open(change.micros()));
            }
            WindowVerdict::Open { until: None } | WindowVerdict::Closed { next_open: None, .. } => {}
        }
    }
}
