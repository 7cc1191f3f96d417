//! The order of the ledger is the order of the rows.

use futures_util::future::join_all;
use reqwest::StatusCode;

use super::kit::{all_published, images, leaves};
use crate::backup::base::Base;
use crate::registry::kit::put;
use crate::support::{TestServer, on_postgres};

#[tokio::test]
async fn two_hundred_moves_of_one_tag_by_racing_clients() {
    let server = TestServer::start().await;
    let replica = if on_postgres() { Some(server.replica().start().await) } else { None };
    let clients = [server.client(), replica.as_ref().unwrap_or(&server).client()];
    let images = images(&clients[0], 8).await;
    let movers = (0..8_usize).map(|mover| {
        let (clients, images) = (&clients, &images);
        async move {
            for turn in 0..25 {
                // Whatever it points at, it is another one after this.
                let image = &images[(mover + turn) % images.len()];
                let moved = put(&clients[(mover + turn) % 2], "acme/app", "moving", image).await;
                assert_eq!(moved.status(), StatusCode::CREATED);
            }
        }
    });
    join_all(movers).await;
    all_published(&server).await;
    let base = Base::of(&server);
    let events: Vec<String> = leaves(&base)
        .await
        .iter()
        .map(|leaf| serde_json::from_slice::<serde_json::Value>(leaf).unwrap())
        .filter(|event| event["data"]["tag"] == "moving")
        .map(|event| event["id"].as_str().unwrap().replace('-', "").to_uppercase())
        .collect();
    // Each row was closed by the event that opened the next.
    let rows =
        base.query("SELECT hex(from_event) || ' ' || hex(to_event) FROM tag WHERE name = 'moving'").await;
    let mut next: std::collections::HashMap<&str, &str> =
        rows.iter().filter_map(|row| row.split_once(' ')).collect();
    let opened: Vec<&str> = next.keys().copied().collect();
    let closed: std::collections::HashSet<&str> = next.values().copied().collect();
    let first: Vec<&str> = opened.into_iter().filter(|opened| !closed.contains(opened)).collect();
    assert_eq!(first.len(), 1, "the rows are one chain");
    let (mut chain, mut at) = (Vec::new(), first[0]);
    while let Some(closed_by) = next.remove(at) {
        chain.push(at.to_owned());
        at = closed_by;
    }
    assert!(chain.len() > 50, "{} moves only", chain.len());
    assert_eq!(chain, events);
}
