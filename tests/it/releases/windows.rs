//! Windows that open by the clocks of people, who change them.

use serde_json::json;
use waybill::types::{Clock as _, SystemClock, Timestamp};

use super::kit::{World, gate};

/// Seconds from now to an instant.
fn until(instant: &str) -> u64 {
    let at: Timestamp = instant.parse().unwrap();
    u64::try_from((at.micros() - SystemClock.now().micros()) / 1_000_000).unwrap()
}

/// The next spring in which clocks in Berlin go from two to three, on the last Sunday of March: the day before, and that day.
fn spring() -> (String, String) {
    let year = &SystemClock.now().to_rfc3339()[..4];
    let year: i16 = year.parse::<i16>().unwrap() + 1;
    let last = jiff::civil::date(year, 3, 31).nth_weekday_of_month(-1, jiff::civil::Weekday::Sunday).unwrap();
    (last.yesterday().unwrap().to_string(), last.to_string())
}

#[tokio::test]
async fn a_window_opens_by_the_clock_on_the_wall() {
    let rule = "FREQ=DAILY;BYHOUR=4;BYMINUTE=0;BYSECOND=0";
    let window = json!({ "kind": "allow", "rule": rule, "zone": "Europe/Berlin", "minutes": 30 });
    let windows = json!({ "id": "hours", "type": "windows", "windows": [window] });
    let mut world = World::new(json!([windows]), json!([])).await;
    world.release("1.0").await;
    let (before, day) = spring();
    world.travel(until(&format!("{before}T12:00:00Z"))).await;
    let promotion = world.promote("1.0", "staging").await;
    assert_eq!(promotion["state"], "waiting", "{promotion}");
    // Four o'clock is at three in winter, and at two from that night on.
    assert_eq!(promotion["next_eligible_at"], format!("{day}T02:00:00Z"));
    world.travel(until(&format!("{day}T01:58:00Z"))).await;
    assert_eq!(world.promotion(&promotion).await["state"], "waiting");
    world.travel(until(&format!("{day}T02:05:00Z"))).await;
    let admitted = world.until(&promotion, "admitted").await;
    assert_eq!(gate(&admitted, "hours")["outcome"], "pass");
    world.assert_sound().await;
}
