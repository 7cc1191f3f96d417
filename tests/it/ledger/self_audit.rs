//! The log holds itself to account in the background.

use super::kit::all_published;
use crate::backup::base::Base;
use crate::registry::kit::{events, push_blob};
use crate::support::{TestServer, wait_until};

/// The value of a metric.
async fn metric(server: &TestServer, name: &str) -> Option<f64> {
    let text = server.anonymous().get("/metrics").send().await.unwrap().text().await.unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
    line.and_then(|value| value.parse().ok())
}

#[tokio::test]
async fn what_does_not_hold_raises_an_alarm() {
    let mut server = TestServer::start().await;
    push_blob(&server.client(), "acme/app", b"content").await;
    all_published(&server).await;
    wait_until("it was audited", async || metric(&server, "waybill_ledger_holds").await == Some(1.0)).await;
    server.stop().await;
    let base = Base::of(&server);
    let third = "SELECT CAST(seq AS TEXT) FROM ledger_entry WHERE leaf_index = 3";
    let seq = base.query(third).await.remove(0);
    for statement in [
        // One event says what another said, and the next audit is due.
        format!(
            "UPDATE event SET leaf = (SELECT leaf FROM event ORDER BY seq LIMIT 1) WHERE seq = {seq} RETURNING kind"
        ),
        "UPDATE job SET run_at_us = 0 WHERE kind = 'ledger.self-audit' RETURNING kind".to_owned(),
    ] {
        assert_eq!(base.query(&statement).await.len(), 1, "{statement}");
    }
    server.restart().await;
    wait_until("it was audited", async || metric(&server, "waybill_ledger_holds").await == Some(0.0)).await;
    let told = events(&server.client()).await;
    let alarms: Vec<_> = told.iter().filter(|event| event["kind"] == "ledger.alarm").collect();
    assert_eq!(alarms.len(), 1, "{alarms:?}");
    assert_eq!(alarms[0]["data"]["index"], "3");
    let why = alarms[0]["data"]["why"].as_str().unwrap();
    assert!(
        why.starts_with(&format!("index 3: the bytes of event {seq} in the table event hash to")),
        "{why}"
    );
}
