use jiff::civil::date;

use super::*;

fn refusal(rule: &str) -> String {
    Rule::parse(rule, None).map_or_else(|e| e.to_string(), |_| panic!("'{rule}' is read"))
}

#[test]
fn what_a_rule_leaves_open_comes_from_its_start() {
    let from = date(2026, 5, 31).at(7, 8, 9, 0);
    let rule = |text: &str| Rule::parse(text, Some(from)).unwrap();
    assert_eq!((rule("FREQ=YEARLY").months, rule("FREQ=YEARLY").month_days), (vec![5], vec![31]));
    assert_eq!(rule("FREQ=YEARLY;BYMONTH=2").month_days, [31]);
    assert_eq!(rule("FREQ=MONTHLY").month_days, [31]);
    assert_eq!(rule("FREQ=WEEKLY").days, [(0, Weekday::Sunday)]);
    assert_eq!(rule("FREQ=DAILY").times, [from.time()]);
    assert_eq!(rule("FREQ=DAILY;BYHOUR=3").times, [Time::constant(3, 8, 9, 0)]);
    assert_eq!(rule("FREQ=HOURLY;BYSECOND=0").times.len(), 24);
}

#[test]
fn reads_lists_in_any_order_and_case() {
    let rule = |text: &str| Rule::parse(text, None).unwrap();
    assert_eq!(rule("byhour=9,8,+9;freq=daily"), rule("FREQ=DAILY;BYHOUR=8,9"));
    assert_eq!(rule("FREQ=MONTHLY;BYDAY=-1FR,+2MO").days, [(-1, Weekday::Friday), (2, Weekday::Monday)]);
}

#[test]
fn refuses_what_is_no_rule_and_says_what_to_do() {
    for (rule, part) in [
        ("", "'' is no part"),
        ("FREQ=DAILY;", "'' is no part"),
        ("RRULE:FREQ=DAILY", "needs FREQ"),
        ("FREQ=DAILY;X=1", "'X' is no part"),
        ("FREQ=DAILY\n", "needs FREQ"),
        ("BYDAY=MO", "needs FREQ"),
        ("FREQ=SECONDLY", "HOURLY"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ again"),
        ("FREQ=WEEKLY;BYDAY=€O", "BYDAY has to be"),
        ("FREQ=WEEKLY;BYDAY=XXMO", "BYDAY has to be"),
        ("FREQ=WEEKLY;BYDAY=MO,", "BYDAY has to be"),
        ("FREQ=WEEKLY;BYDAY=1MO", "which day of a month or year only"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "without BYWEEKNO"),
        ("FREQ=YEARLY;BYWEEKNO=1", "needs FREQ=YEARLY and BYDAY"),
        ("FREQ=MONTHLY;BYDAY=6MO", "at most 5"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY has to be"),
        ("FREQ=YEARLY;BYDAY=-54MO", "BYDAY has to be"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY has to be"),
        ("FREQ=MONTHLY;BYMONTHDAY=-32768", "BYMONTHDAY has to be"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY needs"),
        ("FREQ=DAILY;BYMONTH=-1", "months from 1 to 12"),
        ("FREQ=DAILY;BYHOUR=24", "hours from 0 to 23"),
        ("FREQ=DAILY;BYSECOND=60", "seconds from 0 to 59"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL has to be"),
        ("FREQ=DAILY;BYSETPOS=1", "add BYDAY"),
        ("FREQ=HOURLY;BYMINUTE=1;BYSETPOS=1", "BYMINUTE"),
        ("FREQ=DAILY;WKST=1", "WKST has to be"),
        ("FREQ=DAILY;UNTIL=20261231", "20261231T235959Z"),
        ("FREQ=DAILY;UNTIL=20261231T235959", "20261231T235959Z"),
        ("FREQ=DAILY;UNTIL=20261331T235959Z", "20261231T235959Z"),
        ("FREQ=DAILY;UNTIL=20261231T235959Z;COUNT=1", "not both"),
        ("FREQ=DAILY;COUNT=1", "'from'"),
        ("FREQ=HOURLY;BYMINUTE=0,30", "at most 24 times a day"),
        ("FREQ=DAILY;BYMINUTE=1,2,3,4,5;BYSECOND=1,2,3,4,5", "at most 24 times a day"),
    ] {
        let error = refusal(rule);
        assert!(error.contains(part), "{rule}: {error}");
    }
    assert!(refusal(&format!("FREQ=DAILY;BYHOUR={}1", "1,".repeat(500))).contains("at most 1000"));
    assert!(refusal(&"é".repeat(400)).len() < 300);
}

#[test]
fn a_count_ends_where_it_is_reached() {
    let last = |text: &str| Rule::parse(text, Some(date(2026, 1, 31).at(9, 0, 0, 0))).map(|rule| rule.last);
    assert_eq!(last("FREQ=MONTHLY;COUNT=3"), Ok(Some(date(2026, 5, 31).at(9, 0, 0, 0))));
    assert_eq!(last("FREQ=DAILY;BYHOUR=8,9,10;COUNT=4"), Ok(Some(date(2026, 2, 1).at(9, 0, 0, 0))));
    assert_eq!(last("FREQ=YEARLY;COUNT=30"), Ok(Some(date(2055, 1, 31).at(9, 0, 0, 0))));
    assert_eq!(last("FREQ=YEARLY;COUNT=31"), Err(WindowError::Count));
    assert_eq!(last("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=1"), Err(WindowError::Count));
    let end = Some(date(9999, 12, 31).at(9, 0, 0, 0));
    assert_eq!(Rule::parse("FREQ=DAILY;COUNT=2", end), Err(WindowError::Count));
}
