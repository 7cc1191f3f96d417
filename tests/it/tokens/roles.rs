//! Roles that end by themselves.

use serde_json::json as value;

use super::kit::{access_token, instant, json, status_by};
use crate::registry::kit::{events, push_image, user};
use crate::support::{TestServer, wait_until};

#[tokio::test]
async fn a_role_ends_by_itself() {
    let server = TestServer::start().await;
    let admin = server.client();
    push_image(&admin, "acme/app", "v1", 1).await;
    let until = instant(3);
    let reader = user(&server, "reader", "reader", value!({ "project": "acme", "expires_at": until })).await;
    let token = access_token(&reader, &["repository:acme/app:pull"]).await;
    let path = "/v2/acme/app/manifests/v1";
    assert_eq!(status_by(&server, &token, path).await, 200);
    wait_until("the role has ended", async || status_by(&server, &token, path).await == 403).await;
    let past = value!({ "user": "reader", "role": "auditor", "expires_at": until });
    assert_eq!(json(admin.post("/api/v1/role-bindings").json(&past), 400).await["code"], "invalid_expiry");
    let told = events(&admin).await;
    assert!(told.iter().any(|event| event["kind"] == "role.granted_until"));
}
