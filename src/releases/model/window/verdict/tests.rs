use serde_json::{Value, json};

use super::*;

const OFFICE: &str = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=9;BYMINUTE=0;BYSECOND=0";

fn window(kind: &str, rule: &str, zone: &str, minutes: u32) -> Window {
    serde_json::from_value(json!({"kind": kind, "rule": rule, "zone": zone, "minutes": minutes})).unwrap()
}

fn since(rule: &str, from: &str, minutes: u32) -> Window {
    let value: Value =
        json!({"kind": "allow", "rule": rule, "zone": "UTC", "minutes": minutes, "from": from});
    serde_json::from_value(value).unwrap()
}

/// `open until …` or `closed until …`, with `ever` for no end.
fn verdict(windows: &[Window], now: &str) -> String {
    let or_ever = |at: Option<Timestamp>| at.map_or_else(|| "ever".to_owned(), Timestamp::to_rfc3339);
    match judge(windows, now.parse().unwrap()) {
        WindowVerdict::Open { until } => format!("open until {}", or_ever(until)),
        WindowVerdict::Closed { next_open, .. } => format!("closed until {}", or_ever(next_open)),
    }
}

fn assert_verdicts(windows: &[Window], verdicts: &[(&str, &str)]) {
    for (now, expected) in verdicts {
        assert_eq!(verdict(windows, now), *expected, "at {now}");
    }
}

fn reason(windows: &[Window], now: &str) -> String {
    match judge(windows, now.parse().unwrap()) {
        WindowVerdict::Closed { reason, .. } => reason,
        WindowVerdict::Open { .. } => panic!("open at {now}"),
    }
}

#[test]
fn is_open_from_its_start_and_not_at_its_end() {
    let office = [window("allow", OFFICE, "Europe/Berlin", 480)];
    assert_verdicts(
        &office,
        &[
            // Monday, 2026-01-05, 09:00 to 17:00 at +01:00.
            ("2026-01-05T07:59:59.999999Z", "closed until 2026-01-05T08:00:00Z"),
            ("2026-01-05T08:00:00Z", "open until 2026-01-05T16:00:00Z"),
            ("2026-01-05T15:59:59.999999Z", "open until 2026-01-05T16:00:00Z"),
            ("2026-01-05T16:00:00Z", "closed until 2026-01-06T08:00:00Z"),
            // Thursday evening to Monday.
            ("2026-01-08T16:00:00Z", "closed until 2026-01-12T08:00:00Z"),
            // The clocks go forward on Sunday, 2026-03-29: Thursday at +01:00, Monday at +02:00.
            ("2026-03-26T16:00:00Z", "closed until 2026-03-30T07:00:00Z"),
            ("2026-10-22T15:00:00Z", "closed until 2026-10-26T08:00:00Z"),
        ],
    );
}

#[test]
fn without_windows_all_is_open_and_deny_alone_opens_the_rest() {
    assert_eq!(verdict(&[], "2026-01-05T08:00:00Z"), "open until ever");
    let night = [window("deny", "FREQ=DAILY;BYHOUR=22", "UTC", 60)];
    assert_verdicts(
        &night,
        &[
            ("2026-01-05T21:59:59.999999Z", "open until 2026-01-05T22:00:00Z"),
            ("2026-01-05T22:00:00Z", "closed until 2026-01-05T23:00:00Z"),
            ("2026-01-05T23:00:00Z", "open until 2026-01-06T22:00:00Z"),
        ],
    );
}

#[test]
fn deny_wins_over_allow() {
    let windows = [
        window("allow", OFFICE, "UTC", 480),
        window("deny", "FREQ=DAILY;BYHOUR=12", "UTC", 60),
        window("deny", "FREQ=DAILY;BYHOUR=16", "UTC", 120),
        // All of Tuesday the 6th, and nobody knows why.
        window("deny", "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=6", "UTC", 1440),
    ];
    assert_verdicts(
        &windows,
        &[
            ("2026-01-05T09:00:00Z", "open until 2026-01-05T12:00:00Z"),
            ("2026-01-05T12:00:00Z", "closed until 2026-01-05T13:00:00Z"),
            ("2026-01-05T13:00:00Z", "open until 2026-01-05T16:00:00Z"),
            ("2026-01-05T16:59:00Z", "closed until 2026-01-07T09:00:00Z"),
        ],
    );
}

#[test]
fn windows_that_touch_or_overlap_are_one() {
    let windows = [
        window("allow", "FREQ=DAILY;BYHOUR=8", "UTC", 60),
        window("allow", "FREQ=DAILY;BYHOUR=9", "UTC", 90),
        window("allow", "FREQ=DAILY;BYHOUR=10", "UTC", 20),
        window("deny", "FREQ=DAILY;BYHOUR=20", "UTC", 60),
        window("deny", "FREQ=DAILY;BYHOUR=20;BYMINUTE=30", "UTC", 60),
    ];
    assert_eq!(verdict(&windows, "2026-01-05T08:30:00Z"), "open until 2026-01-05T10:30:00Z");
    assert_eq!(verdict(&windows[3..], "2026-01-05T20:10:00Z"), "closed until 2026-01-05T21:30:00Z");
    let always = [window("allow", "FREQ=HOURLY", "UTC", 60)];
    assert_eq!(verdict(&always, "2026-01-05T08:30:00Z"), "open until ever");
    assert_eq!(
        verdict(&[window("deny", "FREQ=DAILY", "UTC", 1440)], "2026-01-05T08:30:00Z"),
        "closed until ever"
    );
    // A weekly window of two weeks is open for good, but only from its first start on.
    let later = [since("FREQ=WEEKLY", "2026-03-02T00:00:00", 20_160)];
    assert_verdicts(
        &later,
        &[
            ("2026-01-05T00:00:00Z", "closed until 2026-03-02T00:00:00Z"),
            ("2026-03-02T00:00:00Z", "open until ever"),
        ],
    );
}

#[test]
fn says_what_stops_a_change() {
    let denied =
        json!({"kind": "deny", "rule": "FREQ=DAILY", "zone": "UTC", "minutes": 60, "reason": "backups run"});
    let backups: Window = serde_json::from_value(denied).unwrap();
    let office = window("allow", OFFICE, "UTC", 60);
    let plain = window("deny", "FREQ=DAILY;BYHOUR=2", "UTC", 60);
    let windows = [office, backups, plain];
    assert_eq!(reason(&windows, "2026-01-05T00:30:00Z"), "a window denies changes now: backups run");
    assert_eq!(
        reason(&windows, "2026-01-05T02:30:00Z"),
        "a window denies changes now: FREQ=DAILY;BYHOUR=2 in UTC"
    );
    assert_eq!(reason(&windows, "2026-01-05T04:30:00Z"), "no window that allows changes is open now");
}

#[test]
fn a_start_that_the_clocks_skip_comes_after_the_gap() {
    let at = |zone, hour, minute| {
        [window("allow", &format!("FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}"), zone, 60)]
    };
    // 02:00 is 03:00: half past two is half past three, an hour long as ever.
    assert_verdicts(
        &at("Europe/Berlin", 2, 30),
        &[
            ("2026-03-28T02:30:00Z", "closed until 2026-03-29T01:30:00Z"),
            ("2026-03-29T01:30:00Z", "open until 2026-03-29T02:30:00Z"),
            ("2026-03-29T02:30:00Z", "closed until 2026-03-30T00:30:00Z"),
        ],
    );
    assert_eq!(
        verdict(&at("America/New_York", 2, 30), "2026-03-08T07:00:00Z"),
        "closed until 2026-03-08T07:30:00Z"
    );
    // Half an hour is skipped on Lord Howe: 02:10 is 02:40, at +11:00.
    assert_eq!(
        verdict(&at("Australia/Lord_Howe", 2, 10), "2026-10-03T15:30:00Z"),
        "closed until 2026-10-03T15:40:00Z"
    );
    // Samoa skipped all of December 30th, 2011, from UTC-10 to UTC+14: noon of that day is noon of the next.
    let samoa: Window = serde_json::from_value(json!({
        "kind": "allow",
        "rule": "FREQ=MONTHLY",
        "zone": "Pacific/Apia",
        "minutes": 60,
        "from": "2011-11-30T12:00:00",
    }))
    .unwrap();
    assert_verdicts(
        &[samoa],
        &[
            ("2011-12-30T21:59:00Z", "closed until 2011-12-30T22:00:00Z"),
            ("2011-12-30T22:30:00Z", "open until 2011-12-30T23:00:00Z"),
        ],
    );
}

#[test]
fn a_start_that_comes_twice_counts_once() {
    let at = |zone, hour, minute| {
        [window("deny", &format!("FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}"), zone, 60)]
    };
    assert_verdicts(
        &at("Europe/Berlin", 2, 30),
        &[
            ("2026-10-25T00:29:59Z", "open until 2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", "closed until 2026-10-25T01:30:00Z"),
            ("2026-10-25T01:30:00Z", "open until 2026-10-26T01:30:00Z"),
        ],
    );
    assert_verdicts(
        &at("America/New_York", 1, 30),
        &[
            ("2026-11-01T05:30:00Z", "closed until 2026-11-01T06:30:00Z"),
            ("2026-11-01T06:30:00Z", "open until 2026-11-02T06:30:00Z"),
        ],
    );
    // 02:00 at +11:00 is 01:30 at +10:30.
    assert_verdicts(
        &at("Australia/Lord_Howe", 1, 45),
        &[
            ("2026-04-04T14:45:00Z", "closed until 2026-04-04T15:45:00Z"),
            ("2026-04-04T15:45:00Z", "open until 2026-04-05T15:15:00Z"),
        ],
    );
}

#[test]
fn minutes_pass_whatever_the_clocks_do() {
    let night = [window("allow", "FREQ=DAILY;BYHOUR=22", "Europe/Berlin", 480)];
    assert_eq!(verdict(&night, "2026-03-28T21:00:00Z"), "open until 2026-03-29T05:00:00Z");
    assert_eq!(verdict(&night, "2026-10-24T20:00:00Z"), "open until 2026-10-25T04:00:00Z");
    // Closed over the change of the clocks: 22:00 is 20:00 UTC before it and 21:00 after.
    assert_eq!(verdict(&night, "2026-10-25T04:00:00Z"), "closed until 2026-10-25T21:00:00Z");
}

#[test]
fn rules_end() {
    let until = [since("FREQ=DAILY;UNTIL=20260107T000000Z", "2026-01-05T00:00:00", 60)];
    let count = [since("FREQ=DAILY;COUNT=3", "2026-01-05T00:00:00", 60)];
    for windows in [&until, &count] {
        assert_verdicts(
            windows,
            &[
                ("2026-01-04T00:30:00Z", "closed until 2026-01-05T00:00:00Z"),
                ("2026-01-06T00:30:00Z", "open until 2026-01-06T01:00:00Z"),
                ("2026-01-06T01:00:00Z", "closed until 2026-01-07T00:00:00Z"),
                ("2026-01-07T01:00:00Z", "closed until ever"),
            ],
        );
    }
}

#[test]
fn looks_a_year_ahead_and_no_further() {
    let yearly = [since("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1", "2027-01-01T00:00:00", 60)];
    assert_eq!(verdict(&yearly, "2026-02-28T00:00:00Z"), "closed until 2027-03-01T00:00:00Z");
    assert_eq!(verdict(&yearly, "2026-02-27T23:59:59Z"), "closed until ever");
    let leap = [window("deny", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "UTC", 60)];
    assert_eq!(verdict(&leap, "2026-02-28T00:00:00Z"), "open until ever");
}

#[test]
fn rules_that_never_start_and_ends_of_time_are_answered() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;BYSETPOS=366",
        "FREQ=HOURLY;INTERVAL=2;BYHOUR=1,3",
    ] {
        assert_eq!(verdict(&[window("allow", rule, "UTC", 60)], "2026-01-05T00:30:00Z"), "closed until ever");
        assert_eq!(verdict(&[window("deny", rule, "UTC", 60)], "2026-01-05T00:30:00Z"), "open until ever");
    }
    for now in [i64::MIN, i64::MAX, 253_402_207_200_000_000, -377_705_023_201_000_000] {
        let deny = [window("deny", "FREQ=DAILY", "Pacific/Apia", 60)];
        let closed = WindowVerdict::Closed { reason: OUT_OF_TIME.to_owned(), next_open: None };
        assert_eq!(judge(&deny, Timestamp::from_micros(now)), closed);
    }
}
