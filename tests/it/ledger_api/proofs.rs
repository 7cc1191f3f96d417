//! The log's state and proofs, which anybody may have.

use serde_json::Value;
use tlog_tiles::{Hash, check_record, check_tree};
use waybill::ledger::{Checkpoint, SignedNote, leaf_hash};

use super::kit::{demand_proved, event_bytes, get, keys, settled};
use crate::registry::kit::{header, push_image};
use crate::support::TestServer;

async fn checkpoint(server: &TestServer) -> Checkpoint {
    let ledger = get(&server.anonymous(), "/api/v1/ledger", 200).await;
    let note: SignedNote = ledger["checkpoint"].as_str().unwrap().parse().unwrap();
    let checkpoint = Checkpoint::open(&note, &keys(server).await).unwrap();
    assert_eq!(ledger["size"], checkpoint.size.to_string());
    assert_eq!(ledger["origin"], checkpoint.origin.to_string());
    assert_eq!(ledger["cosigned_by"], serde_json::json!([]));
    checkpoint
}

fn hashes(proof: &Value) -> Vec<Hash> {
    let hashes = proof["hashes"].as_array().unwrap().iter();
    hashes.map(|hash| Hash::parse_hash(hash.as_str().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn every_entry_is_proved_to_be_in_the_log() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let size = settled(&server).await;
    let client = server.client();
    for index in 0..size {
        let path = format!("/api/v1/ledger/entries/{index}");
        let body = client.get(&path).send().await.unwrap().text().await.unwrap();
        let entry: Value = serde_json::from_str(&body).unwrap();
        assert!(demand_proved(&server, &entry, &body).await >= size);
        let file = client.get(&format!("{path}.tlog-proof")).send().await.unwrap();
        assert!(header(&file, "content-type").starts_with("text/plain"));
        let name = format!("attachment; filename=\"entry-{index}.tlog-proof\"");
        assert_eq!(header(&file, "content-disposition"), name);
        assert!(file.text().await.unwrap().starts_with(&format!("c2sp.org/tlog-proof@v1\nindex {index}\n")));

        let newest = checkpoint(&server).await;
        let asked = format!("/api/v1/ledger/proof/inclusion?index={index}&size={}", newest.size);
        let proof = get(&server.anonymous(), &asked, 200).await;
        assert_eq!(
            (&proof["index"], &proof["size"]),
            (&index.to_string().into(), &newest.size.to_string().into())
        );
        let leaf = leaf_hash(event_bytes(&body));
        check_record(&hashes(&proof), newest.size, newest.root, index, leaf).unwrap();
    }
}

#[tokio::test]
async fn a_later_tree_begins_with_an_earlier_one() {
    let server = TestServer::start().await;
    settled(&server).await;
    let earlier = checkpoint(&server).await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    settled(&server).await;
    let later = checkpoint(&server).await;
    assert!(later.size > earlier.size);
    let asked = format!("/api/v1/ledger/proof/consistency?from={}&to={}", earlier.size, later.size);
    let proof = get(&server.anonymous(), &asked, 200).await;
    check_tree(&hashes(&proof), later.size, later.root, earlier.size, earlier.root).unwrap();
    let newest = get(&server.anonymous(), "/api/v1/ledger/proof/consistency?from=1", 200).await;
    assert!(newest["to"].as_str().unwrap().parse::<u64>().unwrap() >= later.size);
}

#[tokio::test]
async fn what_can_not_be_proved_is_said_to_be_wrong() {
    let server = TestServer::start().await;
    let size = settled(&server).await;
    let far = size + 1_000_000;
    for query in [
        format!("inclusion?index={far}"),
        format!("inclusion?index=0&size={far}"),
        "inclusion?index=0&size=0".to_owned(),
        "inclusion?index=3&size=3".to_owned(),
        "inclusion?index=-1".to_owned(),
        "inclusion?index=18446744073709551615".to_owned(),
        "inclusion".to_owned(),
        "consistency?from=0".to_owned(),
        "consistency?from=3&to=2".to_owned(),
        format!("consistency?from=1&to={far}"),
        "consistency?from=1&to=18446744073709551615".to_owned(),
        "consistency?from=x".to_owned(),
    ] {
        let refused = get(&server.anonymous(), &format!("/api/v1/ledger/proof/{query}"), 400).await;
        assert_eq!(refused["code"], "invalid_request", "{query}");
    }
}
