use jiff::civil::date;

use super::*;

/// The first starts of a rule, as `MM-DD` or, where the hour is not that of `from`, `MM-DDTHH:MM`.
fn starts(rule: &str, from: DateTime, many: usize) -> Vec<String> {
    let rule = Rule::parse(rule, Some(from)).unwrap();
    let last = Date::new(from.year() + 25, 12, 31).unwrap();
    let text = |start: DateTime| {
        let format = if start.time() == from.time() { "%y-%m-%d" } else { "%y-%m-%dT%H:%M" };
        start.strftime(format).to_string()
    };
    rule.between(from.date(), last).into_iter().take(many).map(text).collect()
}

#[test]
fn starts_as_the_examples_of_rfc_5545() {
    let nine = |month, day| date(1997, month, day).at(9, 0, 0, 0);
    for (rule, from, expected) in [
        ("FREQ=DAILY;COUNT=3", nine(9, 2), "97-09-02 97-09-03 97-09-04"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", nine(9, 2), "97-09-02 97-09-12 97-09-22 97-10-02 97-10-12"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", nine(9, 2), "97-09-02 97-09-16 97-09-30 97-10-14"),
        ("FREQ=WEEKLY;COUNT=4;WKST=SU;BYDAY=TU,TH", nine(9, 2), "97-09-02 97-09-04 97-09-09 97-09-11"),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR",
            nine(9, 1),
            "97-09-01 97-09-03 97-09-05 97-09-15 97-09-17",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            nine(8, 5),
            "97-08-05 97-08-10 97-08-19 97-08-24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            nine(8, 5),
            "97-08-05 97-08-17 97-08-19 97-08-31",
        ),
        ("FREQ=MONTHLY;BYDAY=1FR", nine(9, 5), "97-09-05 97-10-03 97-11-07 97-12-05 98-01-02"),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU",
            nine(9, 7),
            "97-09-07 97-09-28 97-11-02 97-11-30 98-01-04 98-01-25",
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            nine(9, 22),
            "97-09-22 97-10-20 97-11-17 97-12-22 98-01-19 98-02-16",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", nine(9, 28), "97-09-28 97-10-29 97-11-28 97-12-29 98-01-29 98-02-26"),
        ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", nine(9, 30), "97-09-30 97-10-01 97-10-31 97-11-01"),
        (
            "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11",
            nine(9, 10),
            "97-09-10 97-09-11 99-03-10 99-03-11 00-09-10",
        ),
        ("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", nine(6, 10), "97-06-10 97-07-10 98-06-10 98-07-10"),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=5;BYYEARDAY=1,100,200",
            nine(1, 1),
            "97-01-01 97-04-10 97-07-19 00-01-01 00-04-09",
        ),
        ("FREQ=YEARLY;BYDAY=20MO", nine(5, 19), "97-05-19 98-05-18 99-05-17"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", nine(5, 12), "97-05-12 98-05-11 99-05-17"),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=TH", nine(3, 13), "97-03-13 97-03-20 97-03-27 98-03-05"),
        ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", nine(9, 2), "98-02-13 98-03-13 98-11-13 99-08-13 00-10-13"),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            nine(9, 13),
            "97-09-13 97-10-11 97-11-08 97-12-13",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            date(1996, 11, 5).at(9, 0, 0, 0),
            "96-11-05 00-11-07 04-11-02",
        ),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", nine(9, 4), "97-09-04 97-10-07 97-11-06"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", nine(9, 29), "97-09-29 97-10-30 97-11-27 97-12-30"),
        ("FREQ=HOURLY;INTERVAL=3;COUNT=3", nine(9, 2), "97-09-02 97-09-02T12:00 97-09-02T15:00"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            date(2007, 1, 15).at(9, 0, 0, 0),
            "07-01-15 07-01-30 07-02-15 07-03-15 07-03-30",
        ),
    ] {
        let expected: Vec<&str> = expected.split(' ').collect();
        assert_eq!(starts(rule, from, expected.len()), expected, "{rule}");
    }
}

#[test]
fn starts_where_calendars_are_odd() {
    let first = date(2024, 1, 1).at(0, 0, 0, 0);
    for (rule, expected) in [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "24-02-29 28-02-29 32-02-29"),
        ("FREQ=YEARLY;BYYEARDAY=366", "24-12-31 28-12-31"),
        ("FREQ=YEARLY;BYYEARDAY=-1", "24-12-31 25-12-31"),
        // 2026 has 53 weeks; week 1 of 2025 begins on December 30th.
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "26-12-28 32-12-27"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "24-01-01 24-12-30 25-12-29 27-01-04"),
        ("FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO", "25-12-29 31-12-29"),
        ("FREQ=YEARLY;BYWEEKNO=-1;BYDAY=SU", "24-12-29 25-12-28 27-01-03"),
        ("FREQ=MONTHLY;BYDAY=-5MO", "24-01-01 24-04-01 24-07-01"),
        ("FREQ=DAILY;BYHOUR=1,2,3;BYSETPOS=-1", "24-01-01T03:00 24-01-02T03:00"),
        ("FREQ=DAILY;INTERVAL=1000", "24-01-01 26-09-27 29-06-23"),
        ("FREQ=HOURLY;INTERVAL=25", "24-01-01 24-01-02T01:00 24-01-03T02:00"),
    ] {
        let expected: Vec<&str> = expected.split(' ').collect();
        assert_eq!(starts(rule, first, expected.len()), expected, "{rule}");
    }
}

#[test]
fn the_days_asked_for_change_nothing_in_what_is_found() {
    let from = date(2024, 3, 6).at(10, 30, 0, 0);
    let whole = (date(2024, 1, 1), date(2027, 12, 31));
    for rule in [
        "FREQ=YEARLY;INTERVAL=2;BYDAY=2WE",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=MO,TU;BYSETPOS=2,-1",
        "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,WE;WKST=TH",
        "FREQ=DAILY;INTERVAL=7",
        "FREQ=HOURLY;INTERVAL=7;BYMONTH=3",
    ] {
        let rule = Rule::parse(rule, Some(from)).unwrap();
        let one_by_one =
            whole.0.series(1.day()).take_while(|day| *day <= whole.1).flat_map(|day| rule.between(day, day));
        assert_eq!(one_by_one.collect::<Vec<_>>(), rule.between(whole.0, whole.1));
    }
}

#[test]
fn the_end_of_the_calendar_ends_the_search() {
    for rule in ["FREQ=YEARLY;INTERVAL=1000", "FREQ=MONTHLY", "FREQ=WEEKLY", "FREQ=DAILY;INTERVAL=9"] {
        let rule = Rule::parse(rule, Some(date(9999, 12, 1).at(0, 0, 0, 0))).unwrap();
        assert_eq!(rule.between(Date::MIN, Date::MAX).first(), Some(&date(9999, 12, 1).at(0, 0, 0, 0)));
    }
}
