//! Reading answers in a line.

use reqwest::Response;
use serde_json::Value;

use crate::support::Client;

/// The ids of `Waybill-Event`; none without the header.
pub fn told(answer: &Response) -> Vec<String> {
    let header = answer.headers().get("waybill-event").map(|value| value.to_str().unwrap());
    header.map(|ids| ids.split(", ").map(str::to_owned).collect()).unwrap_or_default()
}

/// A recorded event, by its id.
pub async fn event(auditor: &Client, id: &str) -> Value {
    let answer = auditor.get(&format!("/api/v1/events/{id}")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{id}");
    answer.json::<Value>().await.unwrap()["event"].clone()
}

/// The kinds of the events that an answer tells of, in its order.
pub async fn kinds(auditor: &Client, answer: &Response) -> Vec<String> {
    let mut kinds = Vec::new();
    for id in told(answer) {
        kinds.push(event(auditor, &id).await["kind"].as_str().unwrap().to_owned());
    }
    kinds
}
