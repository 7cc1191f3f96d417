//! Service accounts and their tokens.

use serde_json::{Value, json as value};

use super::kit::{instant, json, status_by};
use crate::registry::kit::{events, project, push_image, user};
use crate::support::{Client, TestServer};

const ACCOUNTS: &str = "/api/v1/service-accounts";

async fn service_account(client: &Client, name: &str, owner: &str) -> Value {
    json(client.post(ACCOUNTS).json(&value!({ "name": name, "project": owner })), 201).await
}

async fn token(client: &Client, name: &str) -> (String, String) {
    let body = value!({ "name": "pipeline", "expires_at": instant(3600) });
    let made = json(client.post(&format!("{ACCOUNTS}/{name}/tokens")).json(&body), 201).await;
    (made["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_owner_lets_a_pipeline_push() {
    let server = TestServer::start().await;
    project(&server, "acme", value!({})).await;
    let owner = user(&server, "owner", "project-owner", value!({ "project": "acme" })).await;
    let account = service_account(&owner, "acme-ci", "acme").await;
    let binding = value!({ "user": "acme-ci", "role": "publisher", "project": "acme" });
    json(owner.post("/api/v1/role-bindings").json(&binding), 201).await;
    let (id, secret) = token(&owner, "acme-ci").await;
    assert!(secret.starts_with("wbs_"));
    push_image(&server.client_of("acme-ci", &secret), "acme/app", "v1", 1).await;
    assert_eq!(status_by(&server, &secret, "/v2/acme/app/manifests/v1").await, 200);
    assert_eq!(status_by(&server, &secret, "/api/v1/users").await, 403);
    // A pipeline rotates its own token.
    let by_token = server.client_of("acme-ci", &secret);
    let next = json(by_token.post(&format!("/api/v1/tokens/{id}/rotate?overlap_seconds=0")), 201).await;
    assert_eq!(status_by(&server, &secret, "/v2/").await, 401);
    let next = next["secret"].as_str().unwrap().to_owned();
    assert_eq!(status_by(&server, &next, "/v2/").await, 200);
    let path = format!("{ACCOUNTS}/acme-ci");
    for (disabled, status) in [(true, 401), (false, 200)] {
        json(owner.patch(&path).json(&value!({ "disabled": disabled })), 200).await;
        json(owner.patch(&path).json(&value!({ "disabled": disabled })), 200).await;
        assert_eq!(status_by(&server, &next, "/v2/").await, status);
    }
    let tokens = json(owner.get(&format!("{path}/tokens")), 200).await;
    assert_eq!(tokens["items"].as_array().unwrap().len(), 2);
    let told = events(&server.client()).await;
    let told: Vec<_> = told.iter().filter(|event| event["data"]["account"] == account["id"]).collect();
    let kinds: Vec<_> = told.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "service_account.created",
            "role.granted",
            "token.created",
            "token.created",
            "token.rotated",
            "service_account.disabled",
            "service_account.enabled"
        ]
    );
    assert!(told.iter().all(|event| event["project"].is_string()), "its auditor sees them");
}

#[tokio::test]
async fn it_is_nobody_elses_to_rule() {
    let server = TestServer::start().await;
    for name in ["acme", "beta"] {
        project(&server, name, value!({})).await;
    }
    let admin = server.client();
    let owner = user(&server, "owner", "project-owner", value!({ "project": "acme" })).await;
    let other = user(&server, "other", "project-owner", value!({ "project": "beta" })).await;
    service_account(&owner, "acme-ci", "acme").await;
    json(admin.post(ACCOUNTS).json(&value!({ "name": "mirror" })), 201).await;
    let (id, secret) = token(&owner, "acme-ci").await;
    let path = format!("{ACCOUNTS}/acme-ci");
    let body = value!({ "name": "x", "expires_at": instant(60) });
    for (request, status) in [
        (other.get(&path), 403),
        (other.patch(&path).json(&value!({ "disabled": true })), 403),
        (other.get(&format!("{path}/tokens")), 403),
        (other.post(&format!("{path}/tokens")).json(&body), 403),
        (other.delete(&format!("/api/v1/tokens/{id}")), 403),
        (other.post(&format!("/api/v1/tokens/{id}/rotate")), 403),
        (other.get(&format!("{ACCOUNTS}/ghost")), 403),
        (admin.get(&format!("{ACCOUNTS}/ghost")), 404),
        (admin.get(&format!("{ACCOUNTS}/owner")), 404),
        (admin.get("/api/v1/users/acme-ci"), 404),
        (admin.patch("/api/v1/users/acme-ci").json(&value!({ "password": "a-long-enough-one" })), 404),
        (owner.get(&format!("{ACCOUNTS}/mirror")), 403),
        (owner.get(ACCOUNTS), 403),
        (owner.get(&format!("{ACCOUNTS}?project=beta")), 403),
        (owner.post(ACCOUNTS).json(&value!({ "name": "another" })), 403),
        (owner.post(ACCOUNTS).json(&value!({ "name": "another", "project": "beta" })), 403),
        (owner.post(ACCOUNTS).json(&value!({ "name": "other", "project": "acme" })), 409),
        (
            admin.post("/api/v1/users").json(&value!({ "name": "acme-ci", "password": "a-long-enough-one" })),
            409,
        ),
        (owner.post(ACCOUNTS).json(&value!({ "name": "A", "project": "acme" })), 400),
        (owner.post(&format!("{path}/tokens")).json(&value!({ "name": "x" })), 400),
        (
            owner
                .post(&format!("{path}/tokens"))
                .json(&value!({ "name": "x", "expires_at": instant(367 * 86400) })),
            400,
        ),
        (server.anonymous().get(&path), 401),
    ] {
        json(request, status).await;
    }
    // Owners must not gain by it what they were not given.
    for scope in [value!({ "project": "beta" }), value!({})] {
        let mut binding = scope;
        binding["user"] = "acme-ci".into();
        binding["role"] = "reader".into();
        let answer = json(admin.post("/api/v1/role-bindings").json(&binding), 400).await;
        assert_eq!(answer["code"], "invalid_scope");
    }
    // No password logs it in, neither an empty one.
    for password in ["", "acme-ci", &secret.replace("wbs_", "wbp_")] {
        let answer = server.client_of("acme-ci", password).get("/v2/").send().await.unwrap();
        assert_eq!(answer.status(), 401, "{password}");
    }
    let all = json(admin.get(ACCOUNTS), 200).await;
    let names: Vec<_> = all["items"].as_array().unwrap().iter().map(|item| &item["name"]).collect();
    assert_eq!(names, ["acme-ci", "mirror"]);
    assert_eq!(
        json(owner.get(&format!("{ACCOUNTS}?project=acme&limit=1")), 200).await["items"][0]["project"],
        "acme"
    );
    let users = json(admin.get("/api/v1/users"), 200).await;
    assert!(!users.to_string().contains("acme-ci"));
}
