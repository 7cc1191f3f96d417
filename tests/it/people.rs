//! Who is asking, from where, and what they may.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Client, TestServer};

/// A new user with one role; `scope` is `{}` for the organisation.
async fn user(server: &TestServer, name: &str, role: &str, mut scope: Value) -> Client {
    let (admin, password) = (server.client(), format!("{name}-has-a-long-password"));
    let user = admin.post("/api/v1/users").json(&json!({ "name": name, "password": password }));
    assert_eq!(user.send().await.unwrap().status(), 201);
    scope["user"] = name.into();
    scope["role"] = role.into();
    let binding = admin.post("/api/v1/role-bindings").json(&scope).send().await.unwrap();
    assert_eq!(binding.status(), 201);
    server.client_of(name, &password)
}

/// Fails to log in as many users, from one address as a proxy tells it, until that is turned away.
async fn guess_from(server: &TestServer, address: &str) -> u16 {
    let mut status = 0;
    for guess in 0..=50 {
        let guesser = server.client_of(&format!("nobody{guess}"), "a wrong password");
        let request = guesser.get("/api/v1/me").header("x-forwarded-for", address);
        status = request.send().await.unwrap().status().as_u16();
    }
    status
}

async fn admin_from(server: &TestServer, address: &str) -> u16 {
    let request = server.client().get("/api/v1/me").header("x-forwarded-for", address);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_guesser_behind_a_trusted_proxy_stops_only_themselves() {
    let server = TestServer::builder().env("WAYBILL_TRUSTED_PROXIES", r#"["127.0.0.1"]"#).start().await;
    assert_eq!(guess_from(&server, "203.0.113.9, 198.51.100.1").await, 429);
    assert_eq!(admin_from(&server, "192.0.2.1").await, 200);
    assert!(server.log().events().iter().any(|event| event["span"]["client"] == "198.51.100.1"));
}

#[tokio::test]
async fn a_header_from_anywhere_else_is_not_believed() {
    let server = TestServer::start().await;
    assert_eq!(guess_from(&server, "198.51.100.1").await, 429);
    assert_eq!(admin_from(&server, "192.0.2.1").await, 429);
}

#[tokio::test]
async fn two_authorization_headers_are_refused() {
    let server = TestServer::start().await;
    for path in ["/api/v1/me", "/v2/"] {
        let request = server.client().request(Method::GET, path).header("authorization", "Basic YTpi");
        assert_eq!(request.send().await.unwrap().status(), 401, "{path}");
    }
}

#[tokio::test]
async fn an_auditor_of_a_project_reads_its_events_alone() {
    let server = TestServer::start().await;
    for name in ["acme", "other"] {
        let created = server.client().post("/api/v1/projects").json(&json!({ "name": name })).send().await;
        assert_eq!(created.unwrap().status(), 201);
    }
    let ann = user(&server, "ann", "auditor", json!({ "project": "acme" })).await;
    let bob = user(&server, "bob", "project-owner", json!({ "project": "acme" })).await;
    let admin = server.client();
    for (client, query, expected) in [
        (&ann, "?project=acme", 200),
        (&ann, "?project=acme&limit=1", 200),
        (&ann, "?project=other", 403),
        (&ann, "?project=ghost", 403),
        (&ann, "?project=acme&project=other", 400),
        (&ann, "?project=A", 400),
        (&ann, "", 403),
        (&bob, "?project=acme", 403),
        (&server.anonymous(), "?project=acme", 401),
        (&admin, "?project=other", 200),
        (&admin, "?project=ghost", 403),
        (&admin, "", 200),
    ] {
        let answer = client.get(&format!("/api/v1/events{query}")).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{query}");
    }
    let projects: Value = admin.get("/api/v1/projects/acme").send().await.unwrap().json().await.unwrap();
    let told: Value = ann.get("/api/v1/events?project=acme").send().await.unwrap().json().await.unwrap();
    let told = told["items"].as_array().unwrap();
    assert_eq!(told[0]["event"]["kind"], "project.created");
    assert!(told.iter().all(|item| item["event"]["project"] == projects["id"]), "{told:?}");
}
