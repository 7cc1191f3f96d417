//! The keys by which Waybill's own verification summaries are verified.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::registry::kit::{events, project, user};
use crate::support::{Client, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn anybody_who_is_logged_in_can_read_them() {
    let mut server = TestServer::start().await;
    project(&server, "acme", json!({})).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    let path = "/api/v1/summary-key";
    let refused = server.anonymous().get(path).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let read =
        async |client: Client| -> Value { client.get(path).send().await.unwrap().json().await.unwrap() };
    let keys = read(reader).await;
    let [key] = &keys["items"].as_array().unwrap()[..] else { panic!("{keys}") };
    let pem = key["public_key"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{pem}");
    assert!(key["retired_at"].is_null() && key["hint"].as_str().unwrap().len() == 44, "{key}");
    // A trust policy takes it as it is.
    let signer = json!({ "name": "waybill", "by": { "key": { "pem": pem } } });
    super::kit::set_policy(&server.client(), "acme", &json!({ "signers": [signer] })).await;
    let told = events(&server.client()).await;
    let made = told.iter().find(|event| event["data"]["purpose"] == "summary").unwrap();
    assert_eq!((&made["kind"], &made["data"]["key"]), (&json!("key.created"), &key["key_id"]));
    // The same after a restart.
    server.stop().await;
    server.restart().await;
    assert_eq!(read(server.client()).await, keys);
}
